import {dig, numberAt, stringAt} from '../json.ts';
import {type LabelSelector, parseLabelSelector} from '../kube/label-selector.ts';
import type {Resource} from '../kube/resource.ts';

export const OPERATOR_GROUP = 'monitoring.coreos.com';
/** The kinds of objects for which prometheus-operator runs something that scrapes ServiceMonitors. */
export const PROMETHEUS_RESOURCES = {
  Prometheus: {group: OPERATOR_GROUP, version: 'v1', plural: 'prometheuses', kind: 'Prometheus'},
  PrometheusAgent: {group: OPERATOR_GROUP, version: 'v1alpha1', plural: 'prometheusagents', kind: 'PrometheusAgent'},
} as const satisfies Readonly<Record<string, Resource>>;
export type PrometheusKind = keyof typeof PROMETHEUS_RESOURCES;
export const PROMETHEUS_KINDS = Object.keys(PROMETHEUS_RESOURCES) as readonly PrometheusKind[];

/** What we read of a Prometheus or PrometheusAgent object. */
export interface PrometheusInstance {
  readonly kind: PrometheusKind;
  readonly namespace: string;
  readonly name: string;
  /** Why it reads no ServiceMonitor at all, in words. */
  readonly idle: string | undefined;
  /** Undefined selects nothing. */
  readonly monitors: LabelSelector | undefined;
  /** Undefined selects its own namespace only. */
  readonly namespaces: LabelSelector | undefined;
  readonly serviceAccount: string;
  readonly shards: number;
  /** The path below which it serves its API. */
  readonly routePrefix: string;
  readonly https: boolean;
  /** The kinds with which it discovers targets. */
  readonly discoveryRole: 'Endpoints' | 'EndpointSlice';
  readonly enforced: {
    readonly sampleLimit: number | undefined;
    readonly targetLimit: number | undefined;
    readonly labelLimit: number | undefined;
    /** A size such as `10MB`. */
    readonly bodySizeLimit: string | undefined;
    readonly namespaceLabel: string | undefined;
  };
  /** Why the operator could not put its configuration together, as its status says. */
  readonly notReconciled: string | undefined;
}

export function parsePrometheus(kind: PrometheusKind, object: unknown): PrometheusInstance {
  const spec = dig(object, 'spec');
  return {
    kind,
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
    idle: idle(object),
    monitors: parseLabelSelector(dig(spec, 'serviceMonitorSelector')),
    namespaces: parseLabelSelector(dig(spec, 'serviceMonitorNamespaceSelector')),
    serviceAccount: stringAt(spec, 'serviceAccountName') || 'default',
    shards: numberAt(spec, 'shards') ?? 1,
    routePrefix: routePrefix(spec),
    https: dig(spec, 'web', 'tlsConfig') != null,
    discoveryRole: stringAt(spec, 'serviceDiscoveryRole') === 'EndpointSlice' ? 'EndpointSlice' : 'Endpoints',
    enforced: {
      sampleLimit: numberAt(spec, 'enforcedSampleLimit'),
      targetLimit: numberAt(spec, 'enforcedTargetLimit'),
      labelLimit: numberAt(spec, 'enforcedLabelLimit'),
      bodySizeLimit: stringAt(spec, 'enforcedBodySizeLimit'),
      namespaceLabel: stringAt(spec, 'enforcedNamespaceLabel') || undefined,
    },
    notReconciled: notReconciled(object),
  };
}

export function describeInstance({
  kind,
  namespace,
  name,
}: Pick<PrometheusInstance, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}

function idle(object: unknown): string | undefined {
  if (dig(object, 'metadata', 'deletionTimestamp') != null) return 'it is being deleted';
  if (dig(object, 'spec', 'paused') === true)
    return 'it is paused (spec.paused), so the operator leaves its configuration as it is';
  if (stringAt(object, 'spec', 'mode') === 'DaemonSet') return 'an agent in DaemonSet mode reads no ServiceMonitors';
  return undefined;
}

/** As prometheus-operator has it: `routePrefix`, else the path of `externalUrl`. */
function routePrefix(spec: unknown): string {
  const explicit = stringAt(spec, 'routePrefix');
  const external = stringAt(spec, 'externalUrl') ?? '';
  const path = explicit ?? (URL.canParse(external) ? new URL(external).pathname : '/');
  return path.replace(/\/+$/, '');
}

function notReconciled(object: unknown): string | undefined {
  const conditions = dig(object, 'status', 'conditions');
  const condition = (Array.isArray(conditions) ? conditions : []).find(
    (candidate) => stringAt(candidate, 'type') === 'Reconciled' && stringAt(candidate, 'status') === 'False',
  );
  return condition && (stringAt(condition, 'message') || stringAt(condition, 'reason') || 'no reason given');
}
