import {type Change, Store} from '../kube/store.ts';
import {type CachedNamespace, type CachedTenantControlPlane, type Child, owningTenantControlPlanes} from './cached.ts';
import {CHILD_KIND_NAMES, type ChildKindName} from './resources.ts';

/** Everything that a reconcile reads. */
export interface Caches {
  readonly tenantControlPlanes: Store<CachedTenantControlPlane>;
  readonly namespaces: Store<CachedNamespace>;
  /** Indexed by the TenantControlPlanes that own them. */
  readonly children: Readonly<Record<ChildKindName, Store<Child>>>;
}

export function createCaches(): Caches {
  return {
    tenantControlPlanes: new Store(({namespace}) => [namespace]),
    namespaces: new Store(),
    children: {
      Role: new Store(owningTenantControlPlanes),
      RoleBinding: new Store(owningTenantControlPlanes),
      Service: new Store(owningTenantControlPlanes),
      ServiceMonitor: new Store(owningTenantControlPlanes),
    },
  };
}

/** What wakes which keys. `wake` gets the key of a TenantControlPlane. */
export function wireCaches({tenantControlPlanes, namespaces, children}: Caches, wake: (key: string) => void): void {
  // Its own events: created, annotated, certificate made or rotated, port changed.
  tenantControlPlanes.onChange(({old, new: current}) => {
    const key = (current ?? old)?.key;
    if (key !== undefined) wake(key);
  });

  // The label of a namespace decides for every undecided TenantControlPlane in it.
  namespaces.onChange((change) => {
    const name = (change.new ?? change.old)?.key;
    if (name === undefined || change.old?.enabled === change.new?.enabled) return;
    for (const {key} of tenantControlPlanes.indexed(name)) wake(key);
  });

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
