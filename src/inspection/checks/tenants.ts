import {installationFinding} from '../../diagnosis/installation.ts';
import {countTargets} from '../../diagnosis/targets.ts';
import {isAsleep} from '../../tenant-control-plane.ts';
import {someNames} from '../some-names.ts';
import {type Check, type CheckContext, found, ok, unknown} from './check.ts';

const NONE_SEEN = 'there are none to be seen';

export const TENANT_CHECKS: readonly Check[] = [
  {
    category: 'tenants',
    title: 'no TenantControlPlane has a problem',
    run({cluster, fleet}) {
      if (cluster.tenantControlPlanes.state !== 'listed') return unknown(NONE_SEEN);
      const broken = fleet.filter(({findings}) => findings.some(({severity}) => severity === 'problem'));
      const names = someNames(broken.map(({evidence: {tcp}}) => `${tcp.namespace}/${tcp.name}`));
      const values = {count: `${broken.length}`, all: `${fleet.length}`, names};
      const monitored = fleet.filter(({evidence}) => evidence.decision.monitored).length;
      return found(
        broken.length > 0 ? [installationFinding('tenants-broken', values)] : [],
        `${monitored} of ${fleet.length} monitored`,
      );
    },
  },
  {
    category: 'tenants',
    title: 'their metrics arrive in Prometheus',
    run(context) {
      if (context.cluster.tenantControlPlanes.state !== 'listed') return unknown(NONE_SEEN);
      const {up, targets, unproven} = count(context);
      if (unproven !== undefined) return unknown(unproven);
      return ok(targets === 0 ? 'there is nothing to scrape' : `${up} of ${targets} targets are up`);
    },
  },
];

function count({fleet}: CheckContext): {up: number; targets: number; unproven: string | undefined} {
  let [up, targets] = [0, 0];
  let unproven: string | undefined;
  for (const {evidence} of fleet) {
    const {prometheus, decision, objects, tcp} = evidence;
    if (prometheus.state === 'asked') {
      for (const component of Object.values(prometheus.components)) {
        up += component.up;
        targets += countTargets(component);
      }
    } else if (decision.monitored && objects.monitor !== undefined && !isAsleep(tcp)) unproven ??= prometheus.why;
  }
  return {up, targets, unproven};
}
