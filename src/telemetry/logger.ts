import pino, {type DestinationStream, type Logger} from 'pino';

/** One JSON line per event. */
export function createLogger(role: string, destination: DestinationStream): Logger {
  return pino(
    {
      base: {role},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label})},
    },
    destination,
  );
}
