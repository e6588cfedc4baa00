import pino, {type DestinationStream, type Logger} from 'pino';
import {PRODUCT} from '../names.ts';

/** One JSON line per event. */
export function createLogger(role: string, destination: DestinationStream): Logger {
  return pino(
    {
      name: PRODUCT,
      base: {role},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label})},
    },
    destination,
  );
}
