import {
  type CachedNamespace,
  type CachedTenantControlPlane,
  type Child,
  cacheChild,
  cacheNamespace,
  cacheTenantControlPlane,
  keyOf,
} from '../companion/cached.ts';
import {CHILD_KINDS, type ChildKindName, NAMESPACES, TENANT_CONTROL_PLANES} from '../companion/resources.ts';
import {stringAt} from '../json.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Resource} from '../kube/resource.ts';
import {MANAGED_BY, PRODUCT, TENANT_CONTROL_PLANE_LABEL} from '../names.ts';
import {
  PROMETHEUS_KINDS,
  PROMETHEUS_RESOURCES,
  type PrometheusInstance,
  type PrometheusKind,
  parsePrometheus,
} from '../prometheus/instance.ts';
import {type OperatorWord, parseBindings, parseRejection} from './operator-words.ts';
import {fileBy, find, type Listed, type Lookup, listAs} from './reading.ts';

/** One reading of a cluster with the rights of the person who asks, and what it is filed under. */
export interface ClusterReading extends ClusterLists {
  /** By kind, then `namespace/name`. */
  readonly child: Readonly<Record<ChildKindName, Lookup<Child>>>;
  /** By the uid of the owner. */
  readonly monitorsOf: Lookup<Child>;
  readonly namespace: Lookup<CachedNamespace>;
  /** By `namespace/name` of the ServiceMonitor. */
  readonly wordsOn: Lookup<OperatorWord>;
  /** By `namespace/name` of the Service. */
  readonly slicesOf: Lookup<unknown>;
}

export interface ClusterLists {
  readonly tenantControlPlanes: Listed<CachedTenantControlPlane>;
  readonly namespaces: Listed<CachedNamespace>;
  readonly children: Readonly<Record<ChildKindName, Listed<Child>>>;
  readonly prometheuses: readonly PrometheusInstance[];
  /** Whether Prometheus objects of any kind may not be seen. */
  readonly prometheusesHidden: boolean;
  readonly endpointSlices: Listed<unknown>;
  /** What prometheus-operator says of ServiceMonitors, in bindings and Events. */
  readonly operatorWords: readonly OperatorWord[];
}

const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
};
const EVENTS: Resource = {group: '', version: 'v1', plural: 'events', kind: 'Event'};
const REJECTIONS = 'reason=InvalidConfiguration,involvedObject.kind=ServiceMonitor';

/** `namespace`: undefined for all. @throws {ClusterError} where the API server cannot be reached or fails */
export async function readCluster(client: KubeClient, namespace: string | undefined): Promise<ClusterReading> {
  const bindings: OperatorWord[] = [];
  const children = (kind: ChildKindName) =>
    listAs(client, CHILD_KINDS[kind].resource, {namespace, labelSelector: `${MANAGED_BY}=${PRODUCT}`}, (object) => {
      if (kind === 'ServiceMonitor') bindings.push(...parseBindings(object));
      return cacheChild(kind, object);
    });
  const instances = (kind: PrometheusKind) =>
    listAs(client, PROMETHEUS_RESOURCES[kind], {}, (object) => parsePrometheus(kind, object));
  const [tenantControlPlanes, namespaces, endpointSlices, rejections, prometheuses, roles, bound, services, monitors] =
    await Promise.all([
      listAs(client, TENANT_CONTROL_PLANES, {namespace}, cacheTenantControlPlane),
      readNamespaces(client, namespace),
      listAs(client, ENDPOINT_SLICES, {namespace, labelSelector: TENANT_CONTROL_PLANE_LABEL}, (object) => object),
      listAs(client, EVENTS, {namespace, fieldSelector: REJECTIONS}, parseRejection),
      Promise.all(PROMETHEUS_KINDS.map(instances)),
      children('Role'),
      children('RoleBinding'),
      children('Service'),
      children('ServiceMonitor'),
    ]);
  return fileCluster({
    tenantControlPlanes,
    namespaces,
    children: {Role: roles, RoleBinding: bound, Service: services, ServiceMonitor: monitors},
    prometheuses: prometheuses.flatMap(({items}) => [...items]),
    prometheusesHidden: prometheuses.some(({state}) => state === 'forbidden'),
    endpointSlices,
    operatorWords: [...bindings, ...rejections.items],
  });
}

/** With ten thousand TenantControlPlanes nothing is looked for by going through a list. */
export function fileCluster(lists: ClusterLists): ClusterReading {
  const {children, namespaces, operatorWords, endpointSlices} = lists;
  const byKey = (kind: ChildKindName) => fileBy(children[kind].items, ({key}) => [key]);
  return {
    ...lists,
    child: {
      Role: byKey('Role'),
      RoleBinding: byKey('RoleBinding'),
      Service: byKey('Service'),
      ServiceMonitor: byKey('ServiceMonitor'),
    },
    monitorsOf: fileBy(children.ServiceMonitor.items, ({owners}) => owners.map(({uid}) => uid)),
    namespace: fileBy(namespaces.items, ({key}) => [key]),
    wordsOn: fileBy(operatorWords, ({namespace, monitor}) => [keyOf(namespace, monitor)]),
    slicesOf: fileBy(endpointSlices.items, (slice) => [
      keyOf(
        stringAt(slice, 'metadata', 'namespace') ?? '',
        stringAt(slice, 'metadata', 'labels', 'kubernetes.io/service-name') ?? '',
      ),
    ]),
  };
}

/** Who has rights in one namespace only may still see that one. */
async function readNamespaces(client: KubeClient, namespace: string | undefined): Promise<Listed<CachedNamespace>> {
  const all = await listAs(client, NAMESPACES, {}, cacheNamespace);
  if (all.state !== 'forbidden' || namespace === undefined) return all;
  const own = await find(client.get(NAMESPACES, {name: namespace}));
  return typeof own === 'string' ? all : {state: 'listed', items: [cacheNamespace(own)]};
}
