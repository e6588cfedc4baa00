import {type ParseArgsConfig, parseArgs} from 'node:util';
import {UsageError} from '../errors.ts';

/** What a command may use of the process that runs it. */
export interface Io {
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly stdout: {write(text: string): unknown};
  readonly stderr: {write(text: string): unknown};
  now(): Date;
  /** From the call on SIGTERM and SIGINT no longer end the process but abort the signal. */
  stopSignal(): AbortSignal;
}

/** Runs to its end and returns the exit code. */
export type Command = (args: readonly string[], io: Io) => Promise<number>;

type Flags = NonNullable<ParseArgsConfig['options']>;

/** @throws {UsageError} for an unknown or incomplete flag, and for an argument that is no flag */
export function parseFlags<const T extends Flags>(args: readonly string[], options: T) {
  return parse({args: [...args], options, allowPositionals: false, strict: true}).values;
}

/**
 * For a command that also takes names.
 *
 * @throws {UsageError} for an unknown or incomplete flag
 */
export function parseFlagsAndNames<const T extends Flags>(args: readonly string[], options: T) {
  const {values, positionals} = parse({args: [...args], options, allowPositionals: true, strict: true});
  return {flags: values, names: positionals};
}

function parse<const T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new UsageError((cause as Error).message.split('. ', 1)[0] ?? '', {cause});
  }
}

/** @throws {UsageError} where `text` is no port; 0 lets the system choose one */
export function parsePort(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`${flag} ${text}: expected a port from 0 to 65535`);
  return port;
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}));
}

/** @throws {UsageError} where `-o` names neither a table for people nor JSON for programs */
export function parseOutput(output: string): 'table' | 'json' {
  if (output === 'table' || output === 'json') return output;
  throw new UsageError(`-o ${output}: expected table or json`);
}
