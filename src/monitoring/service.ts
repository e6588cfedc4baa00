import {KAMAJI_NAME_LABEL, metricsServiceName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {COMPONENTS, portName, SERVICE_PORTS} from './components.ts';
import {type KubernetesObject, metadata} from './metadata.ts';

export interface Service extends KubernetesObject {
  readonly kind: 'Service';
  readonly spec: {
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: 'TCP';
      readonly targetPort: number;
    }[];
    readonly selector: Readonly<Record<string, string>>;
    readonly type: 'ClusterIP';
  };
}

/** The metrics Service. Kamaji's containers declare no ports, so target ports are numbers. */
export function service(tcp: TenantControlPlane): Service {
  const name = metricsServiceName(tcp.name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(tcp, name, {[KAMAJI_NAME_LABEL]: name}),
    spec: {
      ports: COMPONENTS.map((component) => ({
        name: portName(component),
        port: SERVICE_PORTS[component],
        protocol: 'TCP',
        targetPort: component === 'kube-apiserver' ? tcp.port : SERVICE_PORTS[component],
      })),
      selector: {[KAMAJI_NAME_LABEL]: tcp.name},
      type: 'ClusterIP',
    },
  };
}
