import {COMPONENTS} from '../monitoring/components.ts';
import {describeInstance} from '../prometheus/instance.ts';
import type {ComponentTargets} from '../prometheus/targets.ts';
import {ageMs, isYoungerThan} from './age.ts';
import type {Evidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';
import {accountOf} from './selection.ts';
import {countTargets, hasTargets} from './targets.ts';

/** Prometheus sums changes up for five seconds before it acts on them. */
const DISCOVERING_MS = 15_000;
/** After this long a tenant control plane that has no pod is not just starting. */
const STARTING_MS = 300_000;

/** Does Prometheus find the targets? */
export function diagnoseDiscovery(evidence: Evidence): readonly Finding[] {
  const {tcp, discovery, prometheus} = evidence;
  const components = prometheus.state === 'asked' ? prometheus.components : undefined;

  if (!hasTargets(prometheus) && discovery?.forbidden !== undefined) {
    const {instance, resources} = discovery.forbidden;
    return [
      about('discovery-forbidden', evidence, {
        prometheus: describeInstance(instance),
        account: accountOf(instance),
        accountPair: accountOf(instance).replace('/', ':'),
        resources: resources.join(', '),
      }),
    ];
  }
  const addresses = discovery && Object.values(discovery.endpoints).some((count) => count > 0);
  if (addresses === false) {
    const isStarting = tcp.phase !== 'Ready' && isYoungerThan(evidence, tcp.createdAt, STARTING_MS);
    return [about(isStarting ? 'not-running-yet' : 'no-endpoints', evidence)];
  }
  if (components === undefined || prometheus.state !== 'asked') return [];

  const isFresh = (ageMs(evidence, prometheus.configuredAt) ?? Number.POSITIVE_INFINITY) < DISCOVERING_MS;
  const unpooled = COMPONENTS.filter((name) => components[name].job === 'there' && components[name].pool === 'missing');
  if (unpooled.length > 0) return [about(isFresh ? 'not-yet-discovered' : 'scrape-pool-missing', evidence)];
  const incomplete = COMPONENTS.filter((name) => isIncomplete(components[name], discovery?.endpoints[name]));
  if (incomplete.length === 0) return [];
  return [about(isFresh ? 'not-yet-discovered' : 'targets-missing', evidence, {components: incomplete.join(', ')})];
}

/** Where the number of addresses is not known, no target at all is what is known to be wrong. */
function isIncomplete(known: ComponentTargets, expected: number | undefined): boolean {
  if (known.pool === undefined) return false;
  return countTargets(known) < (expected ?? 1);
}
