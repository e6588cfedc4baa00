import type {Config} from '../config.ts';
import type {Credential} from '../credentials/credential.ts';
import type {Labels} from '../kube/label-selector.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {type Role, role} from './role.ts';
import {type RoleBinding, roleBinding} from './role-binding.ts';
import {type Service, service} from './service.ts';
import {type ServiceMonitor, serviceMonitor} from './service-monitor.ts';

export type DesiredObject = Role | RoleBinding | Service | ServiceMonitor;

/** The objects that monitor one TenantControlPlane, in the order in which they are made. `found`: see {@link serviceMonitor}. */
export function desired(
  tcp: TenantControlPlane,
  credential: Credential,
  config: Config,
  found?: Labels,
): readonly DesiredObject[] {
  return [
    role(tcp, credential),
    roleBinding(tcp, config.scrapers),
    service(tcp),
    serviceMonitor(tcp, credential, config.serviceMonitor, found),
  ];
}
