import {readFile} from 'node:fs/promises';
import {createSecureContext} from 'node:tls';
import {TLS_MIN_VERSIONS, type TlsMinVersion} from '../admission/limits.ts';
import {AdmissionMetrics} from '../admission/metrics.ts';
import {mutate} from '../admission/mutation.ts';
import {createWebhookServer} from '../admission/server.ts';
import {loadConfig} from '../config.ts';
import {InputError, UsageError} from '../errors.ts';
import {listenEverywhere} from '../listen.ts';
import {createHealthServer} from '../telemetry/health.ts';
import {createLogger} from '../telemetry/logger.ts';
import {createRegistry} from '../telemetry/metrics.ts';
import {aborted, type Command, parseFlags, parsePort} from './command.ts';

const OPTIONS = {
  config: {type: 'string'},
  'tls-cert-file': {type: 'string'},
  'tls-key-file': {type: 'string'},
  'tls-min-version': {type: 'string', default: '1.3'},
  port: {type: 'string', default: '8443'},
  'health-port': {type: 'string', default: '8081'},
} as const;

/** Serves the mutating webhook until it is told to stop. It holds no credentials of the API server. */
export const webhook: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  const port = parsePort('--port', flags.port);
  const healthPort = parsePort('--health-port', flags['health-port']);
  const tlsMinVersion = parseTlsMinVersion(flags['tls-min-version']);
  await loadConfig(flags.config);
  const certificate = await readPem('--tls-cert-file', flags['tls-cert-file']);
  const privateKey = await readPem('--tls-key-file', flags['tls-key-file']);
  checkPair(certificate, privateKey);

  const stop = io.stopSignal();
  const logger = createLogger('webhook', io.stdout);
  const metrics = new AdmissionMetrics();
  const server = createWebhookServer({certificate, privateKey, tlsMinVersion, mutate, metrics, logger});
  const health = createHealthServer(() => (stop.aborted ? 'stopping' : undefined), createRegistry(metrics.families));
  try {
    const address = await listenEverywhere(server, port);
    const healthAddress = await listenEverywhere(health, healthPort);
    logger.info({address, healthAddress}, 'ready');
    await aborted(stop);
    logger.info('stopping');
  } finally {
    await server.close();
    await health.close();
  }
  return 0;
};

function parseTlsMinVersion(text: string): TlsMinVersion {
  if (!Object.hasOwn(TLS_MIN_VERSIONS, text)) throw new UsageError(`--tls-min-version ${text}: expected 1.2 or 1.3`);
  return text as TlsMinVersion;
}

async function readPem(flag: string, file: string | undefined): Promise<string> {
  if (file === undefined) throw new UsageError(`webhook needs ${flag} FILE`);
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${flag} ${file}: cannot be read (${cause.code})`, {cause});
  });
}

function checkPair(cert: string, key: string): void {
  try {
    createSecureContext({cert, key});
  } catch (cause) {
    throw new InputError(`--tls-cert-file and --tls-key-file are no pair: ${(cause as Error).message}`, {cause});
  }
}
