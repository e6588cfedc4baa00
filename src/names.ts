import {createHash} from 'node:crypto';

/** Also the field manager, the value of `app.kubernetes.io/managed-by` and the MutatingWebhookConfiguration's name. */
export const PRODUCT = 'kamaji-monitoring';
export const PRODUCT_NAMESPACE = 'kamaji-monitoring-system';
export const CONTROLLER_SERVICE_ACCOUNT = 'kamaji-monitoring-controller';
export const WEBHOOK_SERVICE = 'kamaji-monitoring-webhook';

/** On a TenantControlPlane the decision, on a Namespace the default for those created in it. */
export const ENABLED = 'kamaji-monitoring.io/enabled';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const TENANT_CONTROL_PLANE_LABEL = 'kamaji-monitoring.io/tenant-control-plane';
export const CREDENTIAL_HASH_LABEL = 'kamaji-monitoring.io/credential-hash';
/** On the ServiceMonitor: until when the credential is valid, and the checksum of the CA that signed it, for people who may not read Secrets. */
export const CREDENTIAL_NOT_AFTER = 'kamaji-monitoring.io/credential-not-after';
export const AUTHORITY_CHECKSUM = 'kamaji-monitoring.io/certificate-authority-checksum';
/** On the ServiceMonitor: which of its labels were found in the cluster's Prometheus objects, as `key=value,…`. */
export const SELECTION_LABELS = 'kamaji-monitoring.io/selection-labels';
/** On the Service: changed to make Prometheus look again. */
export const DISCOVERY_NUDGE_LABEL = 'kamaji-monitoring.io/discovery-nudge';
/** All our labels and annotations begin with it. */
export const PREFIX = 'kamaji-monitoring.io/';
/** Kamaji's own label: on control-plane pods the TenantControlPlane's name, on our Service (as in the guide) the Service's. */
export const KAMAJI_NAME_LABEL = 'kamaji.clastix.io/name';

/** The longest label value and Service name that Kubernetes accepts. */
export const LABEL_LENGTH = 63;
/** The longest name of a Role, RoleBinding, Secret or custom resource. */
export const NAME_LENGTH = 253;
const HASH_LENGTH = 8;

/** Eight hexadecimal digits that stay the same for the same text, for ever. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
}

/** `text` where it fits into `length`, else its beginning and a hash of the whole, so that two long names stay apart. */
export function fit(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = text.slice(0, length - HASH_LENGTH - 1).replace(/[-._]+$/, '');
  return `${head}-${shortHash(text)}`;
}

/** `<name>-metrics`, and where that is too long for a Service `<beginning of name>-metrics-<hash of name>`. */
export function metricsServiceName(name: string): string {
  const plain = `${name}-metrics`;
  if (plain.length <= LABEL_LENGTH) return plain;
  const head = name.slice(0, LABEL_LENGTH - '-metrics-'.length - HASH_LENGTH).replace(/-+$/, '');
  return `${head}-metrics-${shortHash(name)}`;
}

export function roleName(name: string): string {
  return fit(`prometheus-secret-reader-${name}`, NAME_LENGTH);
}

export function roleBindingName(name: string): string {
  return fit(`prometheus-secret-access-${name}`, NAME_LENGTH);
}

/** The Secret into which Kamaji writes the client certificate that its monitoring guide names. */
export function kubeletClientSecretName(name: string): string {
  return `${name}-api-server-kubelet-client-certificate`;
}

/** The Secret with Kamaji's CA of the tenant. */
export function authoritySecretName(name: string): string {
  return `${name}-ca`;
}

/** The Secret with a client certificate of our own. */
export function clientSecretName(name: string): string {
  return `${name}-monitoring-client`;
}

/** The Role and RoleBinding with which the controller may issue it. */
export function issuerName(name: string): string {
  return fit(`kamaji-monitoring-issuer-${name}`, NAME_LENGTH);
}

export interface TemplateValues {
  readonly name: string;
  readonly namespace: string;
}

/** Puts a TenantControlPlane's name and namespace into a template of the configuration, which knows nothing else. */
export function fillTemplate(template: string, values: TemplateValues): string {
  return template.replaceAll('{name}', values.name).replaceAll('{namespace}', values.namespace);
}

/** Whether `name` is a DNS-1035 label, which is what Kamaji's own webhook requires of a TenantControlPlane's name. */
export function isDnsLabel(name: string): boolean {
  return name.length <= LABEL_LENGTH && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

/** Whether `name` is a DNS-1123 subdomain, the rule for names of custom resources and RBAC objects made by us. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= NAME_LENGTH && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

export function isLabelValue(value: string): boolean {
  return value.length <= LABEL_LENGTH && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(value);
}

export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  return (prefix === undefined || isDnsSubdomain(prefix)) && name !== '' && isLabelValue(name);
}
