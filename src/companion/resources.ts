import type {Resource} from '../kube/resource.ts';
import type {DesiredObject} from '../monitoring/desired.ts';
import {RBAC_GROUP} from '../monitoring/role.ts';
import {OPERATOR_GROUP} from '../prometheus/instance.ts';
import {KAMAJI_GROUP} from '../tenant-control-plane.ts';

export const TENANT_CONTROL_PLANES: Resource = {
  group: KAMAJI_GROUP,
  version: 'v1alpha1',
  plural: 'tenantcontrolplanes',
  kind: 'TenantControlPlane',
};
export const NAMESPACES: Resource = {group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace'};
export const SECRETS: Resource = {group: '', version: 'v1', plural: 'secrets', kind: 'Secret'};

export interface ChildKind {
  readonly resource: Resource;
  /** JSON pointers of the fields that are ours as a whole. All others are the API server's or other people's. */
  readonly owned: readonly string[];
  /** Those of them that the API server lets nobody change: where one differs, the object is made anew. */
  readonly immutable: readonly string[];
}

/** The kinds of objects that we make, in the order in which they are made. */
export const CHILD_KINDS = {
  Role: {
    resource: {group: RBAC_GROUP, version: 'v1', plural: 'roles', kind: 'Role'},
    owned: ['/rules'],
    immutable: [],
  },
  RoleBinding: {
    resource: {group: RBAC_GROUP, version: 'v1', plural: 'rolebindings', kind: 'RoleBinding'},
    owned: ['/subjects', '/roleRef'],
    immutable: ['/roleRef'],
  },
  Service: {
    resource: {group: '', version: 'v1', plural: 'services', kind: 'Service'},
    owned: ['/spec/ports', '/spec/selector', '/spec/type'],
    immutable: [],
  },
  ServiceMonitor: {
    resource: {group: OPERATOR_GROUP, version: 'v1', plural: 'servicemonitors', kind: 'ServiceMonitor'},
    owned: ['/spec'],
    immutable: [],
  },
} as const satisfies Readonly<Record<DesiredObject['kind'], ChildKind>>;

export type ChildKindName = keyof typeof CHILD_KINDS;
export const CHILD_KIND_NAMES = Object.keys(CHILD_KINDS) as readonly ChildKindName[];
