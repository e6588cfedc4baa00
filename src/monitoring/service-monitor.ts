import {GUIDE_LABELS, type ServiceMonitorConfig} from '../config.ts';
import type {Credential} from '../credentials/credential.ts';
import {formatLabels, type Labels} from '../kube/label-selector.ts';
import {
  CREDENTIAL_HASH_LABEL,
  fillTemplate,
  fit,
  KAMAJI_NAME_LABEL,
  metricsServiceName,
  NAME_LENGTH,
  SELECTION_LABELS,
} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {COMPONENTS, type Component, portName} from './components.ts';
import {type KubernetesObject, metadata} from './metadata.ts';

interface Relabeling {
  readonly action: 'replace' | 'drop';
  readonly sourceLabels?: readonly string[];
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

interface SecretKey {
  readonly name: string;
  readonly key: string;
}

interface ClientCertificate {
  readonly cert: {readonly secret: SecretKey};
  readonly keySecret: SecretKey;
}

type TlsConfig = ClientCertificate &
  ({readonly insecureSkipVerify: true} | {readonly ca: {readonly secret: SecretKey}; readonly serverName: string});

interface Endpoint {
  readonly port: string;
  readonly scheme: 'https';
  readonly path: '/metrics';
  readonly interval: string;
  readonly scrapeTimeout: string;
  readonly tlsConfig: TlsConfig;
  readonly metricRelabelings?: readonly Relabeling[];
  readonly relabelings: readonly Relabeling[];
}

export interface ServiceMonitor extends KubernetesObject {
  readonly kind: 'ServiceMonitor';
  readonly spec: {
    readonly endpoints: readonly Endpoint[];
    readonly selector: {readonly matchLabels: Readonly<Record<string, string>>};
  };
}

/** Buckets of the request duration histogram that the guide drops; no stock rule or dashboard reads them. */
const DROPPED_BUCKETS = [
  ...['0.15', '0.2', '0.3', '0.35', '0.4', '0.45', '0.6', '0.7', '0.8', '0.9', '1.25', '1.5', '1.75'],
  ...['2', '3', '3.5', '4', '4.5', '6', '7', '8', '9', '15', '25', '40', '50'],
];

/**
 * The ServiceMonitor. Its name, labels, intervals and jobs come from the configuration, all else is Kamaji's guide. `found`:
 * the labels that select it, where they were found in the cluster; it tells which these are, to keep and to replace them.
 */
export function serviceMonitor(
  tcp: TenantControlPlane,
  credential: Credential,
  config: ServiceMonitorConfig,
  found?: Labels,
): ServiceMonitor {
  const annotations = {
    ...credential.annotations,
    ...(found !== undefined && {[SELECTION_LABELS]: formatLabels(found)}),
  };
  // A label and not an annotation: prometheus-operator looks at a ServiceMonitor again only when its generation or labels change.
  const hash = credential.hash === undefined ? {} : {[CREDENTIAL_HASH_LABEL]: credential.hash};
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: {
      ...metadata(tcp, serviceMonitorName(tcp, config), {...(config.labels ?? found ?? GUIDE_LABELS), ...hash}),
      ...(Object.keys(annotations).length > 0 && {annotations}),
    },
    spec: {
      endpoints: COMPONENTS.map((component) => endpoint(component, tcp, credential, config)),
      selector: {matchLabels: {[KAMAJI_NAME_LABEL]: metricsServiceName(tcp.name)}},
    },
  };
}

export function serviceMonitorName(tcp: TenantControlPlane, config: ServiceMonitorConfig): string {
  return fit(fillTemplate(config.name, tcp), NAME_LENGTH);
}

function endpoint(
  component: Component,
  tcp: TenantControlPlane,
  credential: Credential,
  config: ServiceMonitorConfig,
): Endpoint {
  return {
    port: portName(component),
    scheme: 'https',
    path: '/metrics',
    interval: config.interval,
    scrapeTimeout: config.scrapeTimeout,
    tlsConfig: tlsConfig(component, tcp, credential),
    ...(component === 'kube-apiserver' && {metricRelabelings: [dropBuckets()]}),
    relabelings: [
      {
        action: 'replace',
        targetLabel: config.clusterLabel.name,
        replacement: fillTemplate(config.clusterLabel.value, tcp),
      },
      {action: 'replace', targetLabel: 'job', replacement: config.jobs[component]},
    ],
  };
}

function tlsConfig(component: Component, tcp: TenantControlPlane, credential: Credential): TlsConfig {
  const {secretName: name, certificateKey, privateKeyKey, authorityKey} = credential;
  const client = {cert: {secret: {name, key: certificateKey}}, keySecret: {name, key: privateKeyKey}};
  // kube-controller-manager and kube-scheduler sign their own certificate at every start: nothing could verify them.
  if (authorityKey === undefined || component !== 'kube-apiserver') return {insecureSkipVerify: true, ...client};
  // Pod addresses are not in the certificate, the names of Kamaji's Service are.
  return {ca: {secret: {name, key: authorityKey}}, serverName: `${tcp.name}.${tcp.namespace}.svc`, ...client};
}

/** Prometheus 3 writes whole numbers as floats (`le="2.0"`), so the guide's expression, with dots unescaped, misses them. */
function dropBuckets(): Relabeling {
  const buckets = DROPPED_BUCKETS.map((bucket) => bucket.replace('.', '\\.')).join('|');
  return {
    action: 'drop',
    regex: `apiserver_request_duration_seconds_bucket;(${buckets})(\\.0)?`,
    sourceLabels: ['__name__', 'le'],
  };
}
