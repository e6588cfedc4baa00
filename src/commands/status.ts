import {systemClock} from '../clock.ts';
import {loadConfig} from '../config.ts';
import {UsageError} from '../errors.ts';
import {readCluster} from '../inspection/cluster.ts';
import {inspectFleet} from '../inspection/fleet.ts';
import {sourceOf} from '../inspection/prometheus-source.ts';
import {createClient} from '../kube/client.ts';
import {loadKubeConfig} from '../kube/connection.ts';
import {type Command, parseFlags, parseOutput} from './command.ts';
import {statusJson, statusText} from './status-report.ts';

const OPTIONS = {
  config: {type: 'string'},
  kubeconfig: {type: 'string'},
  namespace: {type: 'string', short: 'n'},
  'all-namespaces': {type: 'boolean', short: 'A', default: false},
  output: {type: 'string', short: 'o', default: 'table'},
  'prometheus-url': {type: 'string'},
} as const;

/** Says of every TenantControlPlane whether its metrics arrive, and if not, which link is broken and how to mend it. */
export const status: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  const output = parseOutput(flags.output);
  if (flags.namespace !== undefined && flags['all-namespaces']) throw new UsageError('-n and -A exclude each other');
  const config = await loadConfig(flags.config);
  const connection = loadKubeConfig(flags.kubeconfig, systemClock);
  const namespace = flags['all-namespaces'] ? undefined : (flags.namespace ?? connection.namespace);
  const client = createClient(connection);
  try {
    const cluster = await readCluster(client, namespace);
    const prometheus = await sourceOf({client, cluster, config: config.prometheus, url: flags['prometheus-url']});
    const fleet = await inspectFleet({
      client,
      cluster,
      config,
      isConfigKnown: flags.config !== undefined,
      prometheus,
      now: io.now(),
    });
    await prometheus.close();
    io.stdout.write(output === 'json' ? statusJson(fleet) : statusText(fleet, {cluster, namespace}));
    const isBroken = fleet.some(({findings}) => findings.some(({severity}) => severity === 'problem'));
    return isBroken || cluster.tenantControlPlanes.state !== 'listed' ? 1 : 0;
  } finally {
    await connection.close();
  }
};
