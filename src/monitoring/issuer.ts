import type {ServiceAccountReference} from '../config.ts';
import {authoritySecretName, clientSecretName, issuerName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {metadata} from './metadata.ts';
import {RBAC_GROUP, type Role} from './role.ts';
import type {RoleBinding} from './role-binding.ts';

/**
 * What the controller grants itself to issue one client certificate: the tenant's CA by name, and its own Secret by name. It
 * has no such right on the whole cluster, because an API server answers some patches with the whole Secret.
 */
export function issuerRole(tcp: TenantControlPlane): Role {
  const secrets = {apiGroups: [''], resources: ['secrets']};
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'Role',
    metadata: metadata(tcp, issuerName(tcp.name)),
    rules: [
      {...secrets, resourceNames: [authoritySecretName(tcp.name)], verbs: ['get']},
      {...secrets, resourceNames: [clientSecretName(tcp.name)], verbs: ['get', 'patch', 'delete']},
    ],
  };
}

export function issuerRoleBinding(tcp: TenantControlPlane, {namespace, name}: ServiceAccountReference): RoleBinding {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'RoleBinding',
    metadata: metadata(tcp, issuerName(tcp.name)),
    subjects: [{kind: 'ServiceAccount', name, namespace}],
    roleRef: {kind: 'Role', name: issuerName(tcp.name), apiGroup: RBAC_GROUP},
  };
}
