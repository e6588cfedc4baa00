import {existsSync, readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {systemClock} from '../clock.ts';
import {createCompanion} from '../companion/companion.ts';
import {loadConfig} from '../config.ts';
import {createClient} from '../kube/client.ts';
import {loadKubeConfig} from '../kube/connection.ts';
import {listenEverywhere} from '../listen.ts';
import {CONTROLLER_SERVICE_ACCOUNT, PRODUCT_NAMESPACE} from '../names.ts';
import {createPrometheusApi} from '../prometheus/api.ts';
import {directTransport} from '../prometheus/transport.ts';
import {createHealthServer} from '../telemetry/health.ts';
import {createLogger} from '../telemetry/logger.ts';
import {createRegistry} from '../telemetry/metrics.ts';
import {type Command, parseFlags, parsePort} from './command.ts';

const OPTIONS = {
  config: {type: 'string'},
  kubeconfig: {type: 'string'},
  namespace: {type: 'string'},
  'health-port': {type: 'string', default: '8081'},
} as const;

/** Makes and keeps the objects of every monitored TenantControlPlane until it is told to stop. */
export const controller: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  const healthPort = parsePort('--health-port', flags['health-port']);
  const config = await loadConfig(flags.config);
  const connection = loadKubeConfig(flags.kubeconfig, systemClock);
  const prometheus = config.prometheus.url === '' ? undefined : await directTransport(config.prometheus);

  const stop = io.stopSignal();
  const logger = createLogger('controller', io.stdout);
  const companion = createCompanion({
    client: createClient(connection),
    config,
    controller: {namespace: flags.namespace ?? ownNamespace(), name: CONTROLLER_SERVICE_ACCOUNT},
    today: io.now,
    clock: systemClock,
    random: Math.random,
    prometheus: prometheus && createPrometheusApi(prometheus.transport),
    instance: hostname(),
    logger,
  });
  const health = createHealthServer(() => {
    if (stop.aborted) return 'stopping';
    return companion.synced() ? undefined : 'waiting for the first lists of the API server';
  }, createRegistry(companion.metrics));
  try {
    const healthAddress = await listenEverywhere(health, healthPort);
    logger.info({server: connection.server, healthAddress, enrollment: config.enrollment}, 'started');
    await companion.run(stop);
    logger.info('stopped');
  } finally {
    await health.close();
    await connection.close();
    await prometheus?.close();
  }
  return 0;
};

/** Where a pod finds the namespace of its ServiceAccount. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

function ownNamespace(): string {
  return existsSync(NAMESPACE_FILE) ? readFileSync(NAMESPACE_FILE, 'utf8').trim() : PRODUCT_NAMESPACE;
}
