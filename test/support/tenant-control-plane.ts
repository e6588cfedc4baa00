/** The path of all TenantControlPlanes of a namespace. */
export function tenantControlPlanesPath(namespace: string): string {
  return `/apis/kamaji.clastix.io/v1alpha1/namespaces/${namespace}/tenantcontrolplanes`;
}

export interface ManifestOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly replicas?: number;
  /** Leaves `spec.networkProfile` out. */
  readonly withoutNetworkProfile?: boolean;
}

/** A manifest as people write it. */
export function tenantControlPlane(
  name: string,
  {annotations, port = 6443, replicas = 1, withoutNetworkProfile = false}: ManifestOptions = {},
): object {
  return {
    apiVersion: 'kamaji.clastix.io/v1alpha1',
    kind: 'TenantControlPlane',
    metadata: {name, ...(annotations && {annotations})},
    spec: {
      controlPlane: {deployment: {replicas}, service: {serviceType: 'ClusterIP'}},
      kubernetes: {version: 'v1.30.2', kubelet: {cgroupfs: 'systemd'}},
      ...(!withoutNetworkProfile && {networkProfile: {port}}),
      addons: {coreDNS: {}, kubeProxy: {}},
    },
  };
}
