import {UsageError} from '../errors.ts';
import {inspecting} from './cluster-inspection.ts';
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
  const asked = flags['all-namespaces'] ? undefined : (flags.namespace ?? ({current: true} as const));
  return inspecting({...flags, namespace: asked}, io.now(), ({fleet, cluster, namespace}) => {
    io.stdout.write(output === 'json' ? statusJson(fleet) : statusText(fleet, {cluster, namespace}));
    const isBroken = fleet.some(({findings}) => findings.some(({severity}) => severity === 'problem'));
    return isBroken || cluster.tenantControlPlanes.state !== 'listed' ? 1 : 0;
  });
};
