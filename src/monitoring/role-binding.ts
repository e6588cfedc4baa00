import type {ServiceAccountReference} from '../config.ts';
import {roleBindingName, roleName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {type KubernetesObject, metadata} from './metadata.ts';
import {RBAC_GROUP} from './role.ts';

export interface RoleBinding extends KubernetesObject {
  readonly kind: 'RoleBinding';
  readonly subjects: readonly {readonly kind: 'ServiceAccount'; readonly name: string; readonly namespace: string}[];
  readonly roleRef: {readonly kind: 'Role'; readonly name: string; readonly apiGroup: string};
}

export function roleBinding(tcp: TenantControlPlane, scrapers: readonly ServiceAccountReference[]): RoleBinding {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: metadata(tcp, roleBindingName(tcp.name)),
    subjects: scrapers.map(({name, namespace}) => ({kind: 'ServiceAccount', name, namespace})),
    roleRef: {kind: 'Role', name: roleName(tcp.name), apiGroup: RBAC_GROUP},
  };
}
