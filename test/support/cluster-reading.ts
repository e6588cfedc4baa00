import type {CachedTenantControlPlane} from '../../src/companion/cached.ts';
import {type ClusterLists, type ClusterReading, fileCluster} from '../../src/inspection/cluster.ts';
import type {Listed} from '../../src/inspection/reading.ts';
import type {TenantControlPlane} from '../../src/tenant-control-plane.ts';
import {ALPHA, MAIN} from './evidence.ts';

export const FORBIDDEN = {state: 'forbidden', items: []} as const;
export const UNKNOWN_KIND = {state: 'unknown-kind', items: []} as const;

export function listed<T>(items: readonly T[] = []): Listed<T> {
  return {state: 'listed', items};
}

export function cached(tcp: TenantControlPlane): CachedTenantControlPlane {
  return {...tcp, key: `${tcp.namespace}/${tcp.name}`};
}

/** A cluster that has the TenantControlPlane and the Prometheus of healthy evidence, and of which all may be seen. */
export function reading(change: Partial<ClusterLists> = {}): ClusterReading {
  return fileCluster({
    tenantControlPlanes: listed([cached(ALPHA)]),
    namespaces: listed([{key: 'tenants', labels: {}}]),
    children: {Role: listed(), RoleBinding: listed(), Service: listed(), ServiceMonitor: listed()},
    prometheuses: [MAIN],
    prometheusesHidden: false,
    endpointSlices: listed(),
    operatorWords: [],
    ...change,
  });
}
