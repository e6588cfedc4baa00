import {isDeepStrictEqual} from 'node:util';
import {type Change, Store} from '../kube/store.ts';
import {PROMETHEUS_KINDS, type PrometheusInstance, type PrometheusKind} from '../prometheus/instance.ts';
import {
  type CachedNamespace,
  type CachedPrometheus,
  type CachedTenantControlPlane,
  type Child,
  owningTenantControlPlanes,
} from './cached.ts';
import {CHILD_KIND_NAMES, type ChildKindName} from './resources.ts';

/** Everything that a reconcile reads. */
export interface Caches {
  readonly tenantControlPlanes: Store<CachedTenantControlPlane>;
  readonly namespaces: Store<CachedNamespace>;
  readonly prometheuses: Readonly<Record<PrometheusKind, Store<CachedPrometheus>>>;
  /** Indexed by the TenantControlPlanes that own them. */
  readonly children: Readonly<Record<ChildKindName, Store<Child>>>;
}

export function createCaches(): Caches {
  return {
    tenantControlPlanes: new Store(({namespace}) => [namespace]),
    namespaces: new Store(),
    prometheuses: {Prometheus: new Store(), PrometheusAgent: new Store()},
    children: {
      Role: new Store(owningTenantControlPlanes),
      RoleBinding: new Store(owningTenantControlPlanes),
      Service: new Store(owningTenantControlPlanes),
      ServiceMonitor: new Store(owningTenantControlPlanes),
    },
  };
}

export function prometheusInstances({prometheuses}: Caches): readonly PrometheusInstance[] {
  return PROMETHEUS_KINDS.flatMap((kind) => [...prometheuses[kind].values()]);
}

/** What wakes which keys. `wake` gets the key of a TenantControlPlane. */
export function wireCaches(caches: Caches, wake: (key: string) => void): void {
  const {tenantControlPlanes, namespaces, prometheuses, children} = caches;
  // Its own events: created, annotated, certificate made or rotated, port changed.
  tenantControlPlanes.onChange(({old, new: current}) => {
    const key = (current ?? old)?.key;
    if (key !== undefined) wake(key);
  });

  // The labels of a namespace decide for every undecided TenantControlPlane in it, and which Prometheus looks into it.
  namespaces.onChange((change) => {
    const name = (change.new ?? change.old)?.key;
    if (name === undefined || isDeepStrictEqual(change.old?.labels, change.new?.labels)) return;
    for (const {key} of tenantControlPlanes.indexed(name)) wake(key);
  });

  // Which labels a ServiceMonitor gets. The operator writes the status of these objects all the time.
  for (const kind of PROMETHEUS_KINDS) {
    prometheuses[kind].onChange((change) => {
      if (isDeepStrictEqual(change.old && selectionOf(change.old), change.new && selectionOf(change.new))) return;
      for (const {key} of tenantControlPlanes.values()) wake(key);
    });
  }

  // An object of ours that somebody changed or deleted wakes its owner, before and after.
  for (const kind of CHILD_KIND_NAMES) {
    children[kind].onChange((change: Change<Child>) => {
      const owners = [change.old, change.new].flatMap((child) =>
        child === undefined ? [] : owningTenantControlPlanes(child),
      );
      for (const key of new Set(owners)) wake(key);
    });
  }
}

function selectionOf({idle, monitors, namespaces}: PrometheusInstance): object {
  return {idle, monitors, namespaces};
}
