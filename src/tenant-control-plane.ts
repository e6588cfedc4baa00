import {dateAt, dig, isObject, numberAt, stringAt} from './json.ts';
import {ENABLED, isDnsLabel} from './names.ts';

export const KAMAJI_GROUP = 'kamaji.clastix.io';
export const TENANT_CONTROL_PLANE_KIND = 'TenantControlPlane';

/** The fields of a TenantControlPlane that we read, and no other. */
export interface TenantControlPlane {
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  /** Absent in a manifest that never was in a cluster. */
  readonly uid: string | undefined;
  readonly deleting: boolean;
  /** Undefined in a manifest. */
  readonly createdAt: Date | undefined;
  /** The value of `kamaji-monitoring.io/enabled`; a value that is no string reads as "". */
  readonly enabled: string | undefined;
  /** How many pods it asks for; 0 is asleep. */
  readonly replicas: number;
  /** What Kamaji says of it: `Provisioning`, `Ready`, `Sleeping`, …; absent where Kamaji has not seen it. */
  readonly phase: string | undefined;
  /** Where the tenant's kube-apiserver listens in its pods. */
  readonly port: number;
  /** What Kamaji says of the client certificate for kubelets; absent until it exists. */
  readonly kubeletClient: SecretStatus | undefined;
  /** What Kamaji says of the tenant's CA. */
  readonly authority: SecretStatus | undefined;
}

/** A Secret of Kamaji's, as the status names it. */
export interface SecretStatus {
  readonly secretName: string;
  readonly checksum: string;
}

const DEFAULT_PORT = 6443;
const DEFAULT_REPLICAS = 2;

export function isTenantControlPlane(object: unknown): boolean {
  return (
    stringAt(object, 'kind') === TENANT_CONTROL_PLANE_KIND &&
    (stringAt(object, 'apiVersion') ?? '').startsWith(`${KAMAJI_GROUP}/`)
  );
}

/** The value that decides, read so that a hostile type counts as a wrong value and not as an absent one. */
export function enabledAnnotation(object: unknown): string | undefined {
  const annotations = dig(object, 'metadata', 'annotations');
  if (!isObject(annotations) || !Object.hasOwn(annotations, ENABLED)) return undefined;
  const value = annotations[ENABLED];
  return typeof value === 'string' ? value : '';
}

/**
 * Reads an object of kind TenantControlPlane from a manifest or the API server. Every field may be missing or of a wrong
 * type: Kamaji's CRD accepts `spec: null` and its admission lets invalid objects reach webhooks. A missing namespace is
 * `default`, as kubectl has it.
 */
export function parseTenantControlPlane(object: unknown): TenantControlPlane {
  return {
    apiVersion: stringAt(object, 'apiVersion') ?? `${KAMAJI_GROUP}/v1alpha1`,
    name: stringAt(object, 'metadata', 'name') ?? '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? 'default',
    uid: stringAt(object, 'metadata', 'uid'),
    deleting: dig(object, 'metadata', 'deletionTimestamp') != null,
    createdAt: dateAt(object, 'metadata', 'creationTimestamp'),
    enabled: enabledAnnotation(object),
    replicas: numberAt(object, 'spec', 'controlPlane', 'deployment', 'replicas') ?? DEFAULT_REPLICAS,
    phase: stringAt(object, 'status', 'kubernetesResources', 'version', 'status'),
    port:
      numberAt(object, 'spec', 'networkProfile', 'port') ??
      numberAt(object, 'status', 'kubernetesResources', 'service', 'port') ??
      DEFAULT_PORT,
    kubeletClient: secretStatus(object, 'apiServerKubeletClient'),
    authority: secretStatus(object, 'ca'),
  };
}

function secretStatus(object: unknown, certificate: string): SecretStatus | undefined {
  const secretName = stringAt(object, 'status', 'certificates', certificate, 'secretName');
  if (!secretName) return undefined;
  return {secretName, checksum: stringAt(object, 'status', 'certificates', certificate, 'checksum') ?? ''};
}

/** Why no objects can be made for this TenantControlPlane, in words; undefined where they can. */
export function obstacle(tcp: TenantControlPlane): string | undefined {
  if (!isDnsLabel(tcp.name)) {
    return `its name ${JSON.stringify(tcp.name)} is no DNS label of at most 63 characters, so its pods cannot carry it as a label`;
  }
  if (!Number.isInteger(tcp.port) || tcp.port < 1 || tcp.port > 65_535) {
    return `its port ${tcp.port} (spec.networkProfile.port) is not between 1 and 65535`;
  }
  return undefined;
}

/** Whether it is scaled to nothing, so that there is nothing to scrape. */
export function isAsleep({replicas, phase}: TenantControlPlane): boolean {
  return replicas === 0 || phase === 'Sleeping';
}
