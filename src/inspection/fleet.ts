import {type CachedTenantControlPlane, keyOf} from '../companion/cached.ts';
import {unmonitored} from '../companion/evidence.ts';
import type {Config} from '../config.ts';
import {decide} from '../decision.ts';
import {diagnose} from '../diagnosis/diagnose.ts';
import type {DiscoveryEvidence, Evidence} from '../diagnosis/evidence.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {chooseMonitorLabels, foundLabels, selectionEvidence} from '../diagnosis/labels.ts';
import {hasTargets} from '../diagnosis/targets.ts';
import {dig, isObject} from '../json.ts';
import type {KubeClient} from '../kube/client.ts';
import {COMPONENTS, type Component, portName} from '../monitoring/components.ts';
import {ENABLED, metricsServiceName} from '../names.ts';
import type {PrometheusInstance} from '../prometheus/instance.ts';
import {isAsleep, obstacle} from '../tenant-control-plane.ts';
import type {ClusterReading} from './cluster.ts';
import {inspectObjects, isSecretThere, monitorOf} from './objects.ts';
import {acceptanceOf} from './operator-words.ts';
import type {PrometheusSource} from './prometheus-source.ts';
import {forbiddenForDiscovery} from './rights.ts';

export interface FleetQuestion {
  readonly client: KubeClient;
  readonly cluster: ClusterReading;
  readonly config: Config;
  /** Whether it is the controller's, given by the person who asks. */
  readonly isConfigKnown: boolean;
  readonly prometheus: PrometheusSource;
  readonly now: Date;
}

export interface Inspected {
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
}

/** Everything that is known of each TenantControlPlane of the reading, and what is wrong with it. @throws {ClusterError} */
export async function inspectFleet(question: FleetQuestion): Promise<readonly Inspected[]> {
  const {cluster, client, prometheus} = question;
  const known = await Promise.all(cluster.tenantControlPlanes.items.map((tcp) => inspectCluster(question, tcp)));
  const answers = await prometheus.ask(known);
  const rights = rightsOnce(client);
  return Promise.all(
    known.map(async (evidence, index) => {
      const asked = {...evidence, prometheus: answers[index] ?? evidence.prometheus};
      const whole = {...asked, discovery: await withRights(asked, rights)};
      return {evidence: whole, findings: diagnose(whole)};
    }),
  );
}

/** All but what Prometheus and its rights tell. */
async function inspectCluster(
  {client, cluster, config, isConfigKnown, now}: FleetQuestion,
  tcp: CachedTenantControlPlane,
): Promise<Evidence> {
  const labels = cluster.namespace(tcp.namespace)[0]?.labels ?? {};
  const decision = decide(tcp, labels[ENABLED], config);
  if (!decision.monitored) {
    const prometheus = {state: 'not-asked', why: 'it is not monitored'} as const;
    return {...unmonitored(tcp, decision, now), acceptance: undefined, discovery: undefined, prometheus};
  }
  const circumstances = {
    tcp,
    config,
    instances: cluster.prometheuses,
    namespace: {name: tcp.namespace, labels},
    annotations: monitorOf(cluster, tcp)?.annotations,
  };
  const choice = chooseMonitorLabels(circumstances);
  const objects = await inspectObjects({client, cluster, tcp, config, isConfigKnown, found: foundLabels(choice)});
  const acceptance = acceptanceOf(cluster.wordsOn(keyOf(tcp.namespace, objects.monitor?.name ?? '')), now);
  const {secretName} = objects.credential;
  const isThere =
    acceptance.verdict === 'rejected' ? await isSecretThere(client, tcp.namespace, secretName) : undefined;
  return {
    tcp,
    now,
    decision,
    objects: {...objects, credential: {...objects.credential, isSecretThere: isThere}},
    selection: isSelectionKnown(cluster)
      ? selectionEvidence(choice, circumstances, objects.monitor?.labels ?? choice.labels)
      : undefined,
    acceptance,
    discovery:
      cluster.endpointSlices.state === 'listed'
        ? {
            forbidden: undefined,
            endpoints: endpointsOf(cluster.slicesOf(keyOf(tcp.namespace, metricsServiceName(tcp.name)))),
          }
        : undefined,
    prometheus: {state: 'not-asked', why: 'no Prometheus selects it'},
  };
}

/** Not where a Prometheus object may be hidden, or one asks for labels of Namespaces that are. */
function isSelectionKnown({prometheuses, prometheusesHidden, namespaces}: ClusterReading): boolean {
  if (prometheusesHidden) return false;
  return (
    namespaces.state === 'listed' ||
    prometheuses.every((instance) => (instance.namespaces?.requirements ?? []).length === 0)
  );
}

/** Addresses by component; those of pods that are not ready count, because they are scraped too. */
function endpointsOf(slices: readonly unknown[]): DiscoveryEvidence['endpoints'] {
  const count = (component: Component) =>
    slices
      .filter((slice) => list(dig(slice, 'ports')).some((port) => port.name === portName(component)))
      .flatMap((slice) => list(dig(slice, 'endpoints')))
      .flatMap(({addresses}) => (Array.isArray(addresses) ? addresses : [])).length;
  return Object.fromEntries(COMPONENTS.map((component) => [component, count(component)])) as Record<Component, number>;
}

type Rights = (instance: PrometheusInstance, namespace: string) => ReturnType<typeof forbiddenForDiscovery>;

/** Many TenantControlPlanes share a namespace; each is asked about once. */
function rightsOnce(client: KubeClient): Rights {
  const asked = new Map<string, ReturnType<typeof forbiddenForDiscovery>>();
  return (instance, namespace) => {
    const key = `${instance.kind}/${instance.namespace}/${instance.name}/${namespace}`;
    const answer = asked.get(key) ?? forbiddenForDiscovery(client, instance, namespace);
    asked.set(key, answer);
    return answer;
  };
}

/** Whether Prometheus may discover is asked only where its targets do not prove it. */
async function withRights(evidence: Evidence, rights: Rights): Promise<DiscoveryEvidence | undefined> {
  const {tcp, discovery, selection, prometheus, decision} = evidence;
  const [instance] = selection?.selectedBy ?? [];
  const isMoot = !decision.monitored || obstacle(tcp) !== undefined || isAsleep(tcp) || hasTargets(prometheus);
  if (discovery === undefined || instance === undefined || isMoot) return discovery;
  const resources = (await rights(instance, tcp.namespace)) ?? [];
  return resources.length === 0 ? discovery : {...discovery, forbidden: {instance, resources}};
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
