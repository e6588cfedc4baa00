import {cpus, loadavg, totalmem} from 'node:os';

/** Where and when it was measured. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  /** Of the minute before the start, and of the last minute. */
  readonly load: {readonly before: number; readonly after: number};
}

export function machine(loadBefore: number): Machine {
  return {
    date: new Date().toISOString(),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: {before: loadBefore, after: load()},
  };
}

export function load(): number {
  return loadavg()[0] ?? 0;
}
