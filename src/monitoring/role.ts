import type {Credential} from '../credentials/credential.ts';
import {roleName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {type KubernetesObject, metadata} from './metadata.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

export interface Role extends KubernetesObject {
  readonly kind: 'Role';
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** Lets scrapers read this one Secret, the narrow form that Kamaji's guide asks for in production. */
export function role(tcp: TenantControlPlane, credential: Credential): Role {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: 'Role',
    metadata: metadata(tcp, roleName(tcp.name)),
    rules: [{apiGroups: [''], resources: ['secrets'], resourceNames: [credential.secretName], verbs: ['get']}],
  };
}
