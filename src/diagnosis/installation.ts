import type {Severity} from './diagnoses.ts';
import {fill} from './finding.ts';

/** What `check` looks at, in its order. */
export const CATEGORIES = ['kubernetes', 'kamaji', 'installation', 'prometheus', 'tenants'] as const;
export type Category = (typeof CATEGORIES)[number];

export interface InstallationDiagnosis {
  readonly category: Category;
  readonly severity: Severity;
  /** Texts with `{placeholders}`; docs/troubleshooting.md shows them as they stand here. */
  readonly cause: string;
  readonly cure: string;
}

/** Everything that can be wrong with an installation as a whole. */
export const INSTALLATION_DIAGNOSES = {
  'api-server-too-old': {
    category: 'kubernetes',
    severity: 'problem',
    cause:
      'the API server is {version}; the webhook needs matchConditions and the policies need ValidatingAdmissionPolicies, stable from 1.30 on',
    cure: 'upgrade the management cluster to Kubernetes 1.30 or newer',
  },
  'admission-policies-missing': {
    category: 'kubernetes',
    severity: 'information',
    cause: 'the API server does not serve {kinds} (admissionregistration.k8s.io/v1)',
    cure: 'nothing: webhook and controller work without; validating ones come with Kubernetes 1.30, mutating ones with 1.36',
  },
  'clocks-differ': {
    category: 'kubernetes',
    severity: 'problem',
    cause: 'the clock here and the one of the API server differ by {seconds} s',
    cure: 'set both by NTP: certificates are dated back by five minutes only, and leases and tokens end by the clock',
  },
  'kamaji-kinds-missing': {
    category: 'kamaji',
    severity: 'problem',
    cause: 'the cluster does not know TenantControlPlanes of kamaji.clastix.io/v1alpha1',
    cure: 'is this the management cluster? If so, install Kamaji',
  },
  'kamaji-silent': {
    category: 'kamaji',
    severity: 'problem',
    cause: 'Kamaji has not touched {names} in more than two minutes: no status at all',
    cure: 'does Kamaji run, and has its DataStore? `kubectl -n kamaji-system logs deployment/kamaji`. Kamaji 1.0.0 also never touches one without spec.networkProfile',
  },
  'monitors-unknown': {
    category: 'prometheus',
    severity: 'problem',
    cause: 'the cluster does not know ServiceMonitors (monitoring.coreos.com/v1)',
    cure: 'install prometheus-operator (kube-prometheus-stack brings it); the controller goes on by itself',
  },
  'controller-account-missing': {
    category: 'installation',
    severity: 'problem',
    cause: 'there is no ServiceAccount {account}: the controller is not installed',
    cure: '`kubectl apply -f manifests/`',
  },
  'controller-rights-missing': {
    category: 'installation',
    severity: 'problem',
    cause: 'the controller ({account}) may not {rights}',
    cure: '`kubectl apply -f manifests/rbac.yaml`',
  },
  'controller-rights-excessive': {
    category: 'installation',
    severity: 'problem',
    cause: 'the controller ({account}) may {rights} in the whole cluster: whoever steals its token reads every Secret',
    cure: 'take it away; what it needs it has by name, through a Role per TenantControlPlane: `kubectl apply -f manifests/rbac.yaml`',
  },
  'webhook-missing': {
    category: 'installation',
    severity: 'problem',
    cause:
      'there is neither a MutatingWebhookConfiguration kamaji-monitoring nor a MutatingAdmissionPolicy of that name: new TenantControlPlanes get no annotation, and nobody is warned of a mistyped one',
    cure: '`kubectl apply -f manifests/webhook.yaml` (or policy.yaml, from Kubernetes 1.36 on); until then the controller decides by the same rules',
  },
  'webhook-without-authority': {
    category: 'installation',
    severity: 'problem',
    cause:
      'webhook {entries} has no caBundle: the API server trusts no certificate of it, so every call fails and is passed over',
    cure: 'write the CA of the serving certificate into its clientConfig.caBundle',
  },
  'webhook-blocks': {
    category: 'installation',
    severity: 'problem',
    cause: 'webhook {entries} has failurePolicy Fail: when it is away, nobody can create a TenantControlPlane',
    cure: 'set failurePolicy: Ignore; what passes by, the controller finds',
  },
  'prometheus-missing': {
    category: 'prometheus',
    severity: 'problem',
    cause: 'there is no Prometheus or PrometheusAgent object that could scrape',
    cure: 'install one, for example with kube-prometheus-stack',
  },
  'prometheus-broken': {
    category: 'prometheus',
    severity: 'problem',
    cause: 'prometheus-operator cannot write the configuration of {prometheus}: {message}',
    cure: 'mend what it names',
  },
  'monitors-unselected': {
    category: 'prometheus',
    severity: 'problem',
    cause: 'nobody selects {count} of {all} ServiceMonitors: {names}',
    cure: '`kamaji-monitoring status -A` says of each whether it is its labels or its namespace',
  },
  'prometheus-several': {
    category: 'prometheus',
    severity: 'information',
    cause: 'several objects ask for ServiceMonitors with different labels: {prometheus}',
    cure: 'say which one is meant: prometheus: {namespace: …, name: …} in the configuration; until then what is there stays as it is',
  },
  'prometheus-limit-too-low': {
    category: 'prometheus',
    severity: 'problem',
    cause: '{prometheus} enforces {limit}, and kube-apiserver of an empty tenant needs {needed}',
    cure: 'raise it, or a scrape of kube-apiserver counts as failed',
  },
  'prometheus-namespace-label': {
    category: 'prometheus',
    severity: 'information',
    cause:
      '{prometheus} puts the label {label} on everything (enforcedNamespaceLabel), and rules of one namespace see only their own',
    cure: 'nothing for scraping; rules over all tenants need excludedFromEnforcement',
  },
  'prometheus-may-not-discover': {
    category: 'prometheus',
    severity: 'problem',
    cause:
      'the ServiceAccount {account} of {prometheus} may not list {resources} in {namespaces}, so it finds no target there',
    cure: 'for each: `kubectl -n NAMESPACE create role prometheus-discovery --verb=get,list,watch --resource=services,pods,endpoints,endpointslices.discovery.k8s.io && kubectl -n NAMESPACE create rolebinding prometheus-discovery --role=prometheus-discovery --serviceaccount={accountPair}`',
  },
  'scraper-missing': {
    category: 'prometheus',
    severity: 'information',
    cause: 'scrapers lists the ServiceAccount {account}, which is not there',
    cure: 'nothing under prometheus-operator, which reads the certificates itself; else name the scraper that is there',
  },
  'tenants-broken': {
    category: 'tenants',
    severity: 'problem',
    cause: '{count} of {all} TenantControlPlanes have a problem: {names}',
    cure: '`kamaji-monitoring status -A` says of each what it is and how to mend it',
  },
} as const satisfies Readonly<Record<string, InstallationDiagnosis>>;

export type InstallationCode = keyof typeof INSTALLATION_DIAGNOSES;

/** One row of the table, with the names of the case filled in. */
export interface InstallationFinding {
  readonly code: InstallationCode;
  readonly severity: Severity;
  readonly cause: string;
  readonly cure: string;
}

export function installationFinding(
  code: InstallationCode,
  values: Readonly<Record<string, string>> = {},
): InstallationFinding {
  const {severity, cause, cure} = INSTALLATION_DIAGNOSES[code];
  return {code, severity, cause: fill(cause, values), cure: fill(cure, values)};
}
