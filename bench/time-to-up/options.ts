import {parseArgs} from 'node:util';
import {durationMs, isDuration} from '../../src/duration.ts';

export const USAGE = 'npm run -s bench:time-to-up -- [--pairs N] [--interval DURATION] [-o table|json]';
const MAX_PAIRS = 50;

export interface Options {
  /** How often each of the two ways is measured. */
  readonly pairs: number;
  /** Between two scrapes, as Prometheus writes it. */
  readonly interval: string;
  readonly output: 'table' | 'json';
}

export class UsageError extends Error {}

/** @throws {UsageError} in one line */
export function parseOptions(args: readonly string[]): Options {
  const {pairs, interval, output} = read(args);
  if (!/^\d+$/.test(pairs) || Number(pairs) < 1 || Number(pairs) > MAX_PAIRS)
    throw new UsageError(`--pairs: ${pairs} is no number from 1 to ${MAX_PAIRS}`);
  if (!isDuration(interval) || durationMs(interval) < 1000)
    throw new UsageError(`--interval: ${interval} is no duration such as 15s, or less than 1s`);
  if (output !== 'table' && output !== 'json') throw new UsageError(`-o: ${output} is neither table nor json`);
  return {pairs: Number(pairs), interval, output};
}

function read(args: readonly string[]) {
  try {
    const {values} = parseArgs({
      args: [...args],
      options: {
        pairs: {type: 'string', default: '5'},
        interval: {type: 'string', default: '15s'},
        output: {type: 'string', short: 'o', default: 'table'},
      },
    });
    return values;
  } catch (cause) {
    throw new UsageError((cause as Error).message, {cause});
  }
}
