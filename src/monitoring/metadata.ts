import {fit, LABEL_LENGTH, MANAGED_BY, PRODUCT, TENANT_CONTROL_PLANE_LABEL} from '../names.ts';
import {TENANT_CONTROL_PLANE_KIND, type TenantControlPlane} from '../tenant-control-plane.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** What every object we make has: `apiVersion`, `kind` and metadata. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

/**
 * A manifest without uid gets neither owner nor managed-by label, so that what people keep in Git never becomes the
 * companion's. The owner reference is a plain one: a controller's would make Kamaji reconcile the TenantControlPlane at
 * each of our writes, and `blockOwnerDeletion` would need a right on its finalizers.
 */
export function metadata(
  tcp: TenantControlPlane,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Metadata {
  const own = {...labels, [TENANT_CONTROL_PLANE_LABEL]: fit(tcp.name, LABEL_LENGTH)};
  if (tcp.uid === undefined) return {name, namespace: tcp.namespace, labels: own};
  return {
    name,
    namespace: tcp.namespace,
    labels: {...own, [MANAGED_BY]: PRODUCT},
    ownerReferences: [{apiVersion: tcp.apiVersion, kind: TENANT_CONTROL_PLANE_KIND, name: tcp.name, uid: tcp.uid}],
  };
}
