import pino, {type DestinationStream, type Logger} from 'pino';
import {printableJson} from '../printable.ts';

/** One JSON line per event, whatever the names in it contain. */
export function createLogger(role: string, destination: DestinationStream): Logger {
  return pino(
    {
      base: {role},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label})},
    },
    {write: (line) => destination.write(printableJson(line))},
  );
}
