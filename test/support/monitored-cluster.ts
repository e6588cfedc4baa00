import {dedicatedCredential} from '../../src/credentials/dedicated.ts';
import type {JsonObject} from '../../src/json.ts';
import {COMPONENTS, portName} from '../../src/monitoring/components.ts';
import {desired} from '../../src/monitoring/desired.ts';
import {metricsServiceName} from '../../src/names.ts';
import {parseTenantControlPlane, type TenantControlPlane} from '../../src/tenant-control-plane.ts';
import {CONFIG} from './evidence.ts';
import {answer} from './fake-cluster.ts';
import {capturedTenantControlPlane} from './fixtures.ts';

/** The labels by which the Prometheus objects of {@link prometheusObject} select. */
export const RELEASE = {release: 'main'};
const NOT_AFTER = new Date('2027-02-21T17:00:00Z');

/** A captured TenantControlPlane under another name. */
export function tenantObject(name: string, namespace = 'tenants', change: object = {}): JsonObject {
  const captured: JsonObject = JSON.parse(
    JSON.stringify(capturedTenantControlPlane('alpha-ready')).replaceAll('"alpha-', `"${name}-`),
  );
  const {metadata} = captured;
  return {
    ...captured,
    metadata: {...(metadata as object), name, namespace, uid: `uid-of-${namespace}-${name}`, ...change},
  };
}

/** What the controller makes for it with {@link CONFIG}, as it is stored, and the EndpointSlice of its one pod. */
export function childrenOf(object: JsonObject): readonly JsonObject[] {
  const tcp = parseTenantControlPlane(object);
  const credential = dedicatedCredential(tcp, {
    certificate: 'certificate',
    notAfter: NOT_AFTER,
    authorityChecksum: tcp.authority?.checksum ?? '',
  });
  const made = desired(tcp, credential, CONFIG, RELEASE).map((child) => ({
    ...child,
    metadata: {
      ...child.metadata,
      uid: `uid-of-${child.metadata.name}`,
      resourceVersion: '42',
      creationTimestamp: '2026-11-23T16:38:00Z',
    },
  }));
  return [...made, endpointSlice(tcp, ['100.64.7.11'])];
}

export function endpointSlice({namespace, name}: TenantControlPlane, addresses: readonly string[]): JsonObject {
  return {
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${name}-metrics-x`,
      labels: {
        'kamaji-monitoring.io/tenant-control-plane': name,
        'kubernetes.io/service-name': metricsServiceName(name),
      },
    },
    ports: COMPONENTS.map((component) => ({name: portName(component)})),
    endpoints: addresses.map((address) => ({addresses: [address]})),
  };
}

export function namespaceObject(name: string, labels: Readonly<Record<string, string>> = {}): JsonObject {
  return {kind: 'Namespace', metadata: {name, labels}};
}

/** A Prometheus in the namespace `monitoring` that selects by {@link RELEASE}. */
export function prometheusObject(name = 'main', spec: object = {}, namespace = 'monitoring'): JsonObject {
  return {
    kind: 'Prometheus',
    metadata: {namespace, name},
    spec: {
      serviceMonitorSelector: {matchLabels: RELEASE},
      serviceMonitorNamespaceSelector: {},
      serviceAccountName: name,
      ...spec,
    },
  };
}

/** The Service that prometheus-operator makes for a namespace. */
export function operatedService(namespace = 'monitoring'): JsonObject {
  return {
    kind: 'Service',
    metadata: {namespace, name: 'prometheus-operated'},
    spec: {selector: {'app.kubernetes.io/name': 'prometheus'}, ports: [{name: 'web', port: 9090}]},
  };
}

/** A Prometheus behind the API server's proxy to which all targets of these TenantControlPlanes are up. */
export function allUp(tenants: readonly JsonObject[]): (path: string) => ReturnType<typeof answer> {
  const parsed = tenants.map(parseTenantControlPlane);
  const success = (data: object) => answer({status: 'success', data});
  return (path) => {
    if (path.includes('/api/v1/query?')) {
      const result = parsed.flatMap(({namespace, name}) =>
        COMPONENTS.map((component) => ({
          metric: {namespace, service: metricsServiceName(name), endpoint: portName(component)},
          value: [0, '1'],
        })),
      );
      return success({result});
    }
    if (path.endsWith('/api/v1/scrape_pools')) {
      const scrapePools = parsed.flatMap(({namespace, name}) =>
        COMPONENTS.map((_, index) => `serviceMonitor/${namespace}/kube-prometheus-stack-tcp-${name}/${index}`),
      );
      return success({scrapePools});
    }
    return answer({status: 'error', error: `nothing for ${path}`}, 404);
  };
}
