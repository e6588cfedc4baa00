/** The links between a TenantControlPlane and a sample in Prometheus, in the order in which they are looked at. */
export const LINKS = ['decision', 'objects', 'credential', 'selection', 'acceptance', 'discovery', 'scrape'] as const;
export type Link = (typeof LINKS)[number];

/** `waiting` goes away by itself, `information` needs nobody; only a `problem` makes a command end with 1. */
export type Severity = 'problem' | 'waiting' | 'information';

export interface Diagnosis {
  readonly link: Link;
  readonly severity: Severity;
  /** Texts with `{placeholders}`; docs/troubleshooting.md shows them as they stand here. */
  readonly cause: string;
  readonly cure: string;
}

const CONTROLLER_LOG = '`kubectl -n kamaji-monitoring-system logs deployment/kamaji-monitoring-controller`';

/** Everything that can be wrong with the monitoring of one TenantControlPlane. */
export const DIAGNOSES = {
  'annotation-invalid': {
    link: 'decision',
    severity: 'problem',
    cause: 'its annotation kamaji-monitoring.io/enabled is {value}, neither "true" nor "false", so it is not monitored',
    cure: '`kubectl -n {namespace} annotate tenantcontrolplane {name} --overwrite kamaji-monitoring.io/enabled=true` (or =false)',
  },
  'cannot-be-monitored': {
    link: 'decision',
    severity: 'problem',
    cause: 'it cannot be monitored: {why}',
    cure: 'make it again with a name and a port that can be, or opt it out with kamaji-monitoring.io/enabled=false',
  },
  'kamaji-not-done': {
    link: 'objects',
    severity: 'waiting',
    cause: 'Kamaji has not made its certificates yet (its status: {phase})',
    cure: 'wait; if it stays so, look at Kamaji: `kubectl -n {namespace} describe tenantcontrolplane {name}`',
  },
  'operator-kinds-missing': {
    link: 'objects',
    severity: 'problem',
    cause: 'the cluster does not know the kind ServiceMonitor',
    cure: 'install prometheus-operator (kube-prometheus-stack brings it); the controller goes on by itself',
  },
  'objects-not-yet': {
    link: 'objects',
    severity: 'waiting',
    cause: 'it is new and the controller has yet to make {objects}',
    cure: 'wait a few seconds',
  },
  'objects-missing': {
    link: 'objects',
    severity: 'problem',
    cause: '{objects} should be there and is not',
    cure: `the controller makes it within a second, so it does not run, may not, or has another configuration (give this command the same with --config): ${CONTROLLER_LOG}`,
  },
  'object-foreign': {
    link: 'objects',
    severity: 'problem',
    cause: '{object} is in the way and is not ours: {why}',
    cure: 'delete it, or hand it over: `kubectl -n {namespace} label {object} app.kubernetes.io/managed-by=kamaji-monitoring`',
  },
  'object-differs': {
    link: 'objects',
    severity: 'problem',
    cause: '{object} is not as it should be: {fields}',
    cure: `the controller repairs it within a second, so it does not run, or runs with another configuration (give this command the same with --config): ${CONTROLLER_LOG}`,
  },
  'authority-untrusted': {
    link: 'credential',
    severity: 'problem',
    cause: 'no certificate is issued: {why}',
    cure: 'a CA that Kamaji did not make for this TenantControlPlane is never used; delete it and Kamaji makes its own: `kubectl -n {namespace} delete secret {secret}`',
  },
  'secret-foreign': {
    link: 'credential',
    severity: 'problem',
    cause: 'no certificate is issued: a Secret {secret} that is not ours is in the way',
    cure: '`kubectl -n {namespace} delete secret {secret}`',
  },
  'issuer-rights-missing': {
    link: 'credential',
    severity: 'problem',
    cause:
      'no certificate is issued: the API server refuses the controller the Secrets that its Role kamaji-monitoring-issuer-{name} names',
    cure: 'let check say which right is missing: `kamaji-monitoring check`',
  },
  'credential-of-old-authority': {
    link: 'credential',
    severity: 'problem',
    cause: 'its certificate was signed by a CA that the tenant has no more',
    cure: `the controller issues a new one within three seconds of a rotation, so it does not run: ${CONTROLLER_LOG}`,
  },
  'credential-expired': {
    link: 'credential',
    severity: 'problem',
    cause: 'its certificate ended at {date}',
    cure: `the controller renews it a month before, so it does not run: ${CONTROLLER_LOG}`,
  },
  'credential-expiring': {
    link: 'credential',
    severity: 'problem',
    cause: 'its certificate ends at {date}, in less than a week, and was not renewed',
    cure: `the controller renews it a month before, so it does not run, or Kamaji's CA ends then too: ${CONTROLLER_LOG}`,
  },
  'no-prometheus': {
    link: 'selection',
    severity: 'problem',
    cause: 'there is no Prometheus or PrometheusAgent object in the cluster that could scrape it',
    cure: 'install one, for example with kube-prometheus-stack',
  },
  'chosen-prometheus-missing': {
    link: 'selection',
    severity: 'problem',
    cause:
      'the configuration names a Prometheus object that is not there (prometheus.namespace, prometheus.name), and no other selects {monitor}',
    cure: 'name one that is there: `kubectl get prometheuses,prometheusagents --all-namespaces`',
  },
  'prometheus-idle': {
    link: 'selection',
    severity: 'problem',
    cause: '{prometheus} would select {monitor}, but {why}',
    cure: 'let it work again (spec.paused: false), or choose another one with prometheus.namespace and prometheus.name of the configuration',
  },
  'namespace-not-selected': {
    link: 'selection',
    severity: 'problem',
    cause:
      '{prometheus} reads no ServiceMonitors of the namespace {namespace}: serviceMonitorNamespaceSelector asks for {selector}',
    cure: 'give the namespace that label, or widen serviceMonitorNamespaceSelector ({} is every namespace)',
  },
  'selection-ambiguous': {
    link: 'selection',
    severity: 'problem',
    cause: 'several objects could select {monitor} by different labels, and none is chosen: {prometheus}',
    cure: 'choose one in the configuration: prometheus: {namespace: …, name: …}',
  },
  'labels-not-selected': {
    link: 'selection',
    severity: 'problem',
    cause: '{prometheus} does not select {monitor} (labels {labels}): serviceMonitorSelector asks for {selector}',
    cure: 'leave serviceMonitor.labels out of the configuration, so that the labels are found, or set them to what is asked for',
  },
  'selector-unsatisfiable': {
    link: 'selection',
    severity: 'problem',
    cause: 'no labels that {monitor} can carry satisfy serviceMonitorSelector of {prometheus}: {selector}',
    cure: 'change serviceMonitorSelector, for example to matchLabels: {release: …}',
  },
  'scraper-not-listed': {
    link: 'selection',
    severity: 'information',
    cause: '{prometheus} runs as ServiceAccount {account}, which is not in scrapers',
    cure: 'nothing under prometheus-operator, which reads the certificate itself; a scraper that reads Secrets for itself must be listed',
  },
  'secret-missing': {
    link: 'acceptance',
    severity: 'problem',
    cause: 'prometheus-operator rejects {monitor}: the Secret {secret} is not there',
    cure: 'with credential: dedicated the controller makes it anew within five minutes; with kubelet-client Kamaji does, at once',
  },
  'secret-key-missing': {
    link: 'acceptance',
    severity: 'problem',
    cause: 'prometheus-operator rejects {monitor}: the Secret {secret} lacks a key ({message})',
    cure: 'delete the Secret: with credential: dedicated the controller makes it anew within five minutes, with kubelet-client Kamaji does, at once',
  },
  'secret-pair-broken': {
    link: 'acceptance',
    severity: 'problem',
    cause:
      'prometheus-operator rejects {monitor}: certificate and key of the Secret {secret} do not belong together or cannot be read',
    cure: 'delete the Secret: with credential: dedicated the controller makes it anew within five minutes, with kubelet-client Kamaji does, at once',
  },
  'monitor-rejected': {
    link: 'acceptance',
    severity: 'problem',
    cause: 'prometheus-operator rejects {monitor}: {message}',
    cure: 'mend what it names; the operator looks again at every change',
  },
  'prometheus-not-reconciled': {
    link: 'acceptance',
    severity: 'problem',
    cause: 'prometheus-operator cannot write the configuration of {prometheus}: {message}',
    cure: 'mend what it names: `kubectl -n {prometheusNamespace} describe {prometheusKind} {prometheusName}`',
  },
  'operator-silent': {
    link: 'acceptance',
    severity: 'problem',
    cause: '{prometheus} selects {monitor}, but prometheus-operator has not put it into its configuration',
    cure: 'prometheus-operator does not run, or does not watch that namespace (its flags --namespaces, --deny-namespaces, --prometheus-instance-namespaces): look at its log',
  },
  'not-yet-configured': {
    link: 'acceptance',
    severity: 'waiting',
    cause: 'the configuration of Prometheus does not have {monitor} yet',
    cure: 'wait: the operator takes seconds, a kubelet up to two minutes to bring it to the pod',
  },
  'discovery-forbidden': {
    link: 'discovery',
    severity: 'problem',
    cause:
      'the ServiceAccount {account} of {prometheus} may not list {resources} in the namespace {namespace}, so it finds no target there',
    cure: '`kubectl -n {namespace} create role prometheus-discovery --verb=get,list,watch --resource=services,pods,endpoints,endpointslices.discovery.k8s.io && kubectl -n {namespace} create rolebinding prometheus-discovery --role=prometheus-discovery --serviceaccount={accountPair}`',
  },
  asleep: {
    link: 'discovery',
    severity: 'information',
    cause: 'it sleeps (replicas: 0): there is nothing to scrape',
    cure: 'nothing; its metrics come back when it is scaled up',
  },
  'no-endpoints': {
    link: 'discovery',
    severity: 'problem',
    cause: 'the Service {service} has no endpoints: no pod of the tenant control plane is there (its status: {phase})',
    cure: '`kubectl -n {namespace} get pods -l kamaji.clastix.io/name={name}`; `kubectl -n {namespace} describe tenantcontrolplane {name}`',
  },
  'not-running-yet': {
    link: 'discovery',
    severity: 'waiting',
    cause: 'no pod of it runs yet (its status: {phase})',
    cure: 'wait; if it stays so: `kubectl -n {namespace} describe tenantcontrolplane {name}`',
  },
  'scrape-pool-missing': {
    link: 'discovery',
    severity: 'problem',
    cause:
      'Prometheus has the job of {monitor} in its configuration but no scrape pool: the configuration came before the file of the certificate',
    cure: 'make Prometheus look again: `kubectl -n {namespace} label service {service} --overwrite kamaji-monitoring.io/discovery-nudge=again` (with prometheus.url the controller does it by itself)',
  },
  'not-yet-discovered': {
    link: 'discovery',
    severity: 'waiting',
    cause: 'Prometheus has read its configuration a moment ago and has yet to find the targets of {monitor}',
    cure: 'wait a few seconds',
  },
  'targets-missing': {
    link: 'discovery',
    severity: 'problem',
    cause: 'Prometheus has {monitor} but not all of its targets: {components}',
    cure: 'has the Service endpoints (`kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={service}`)? If so, its page Service Discovery tells whether a relabeling or a shard drops them',
  },
  'kubelet-client-forbidden': {
    link: 'scrape',
    severity: 'problem',
    cause:
      'the tenant answers 403 to the certificate of credential: kubelet-client: Kamaji from 26.5.5-edge on puts it in no group, and older ones need a binding in the tenant',
    cure: 'set credential: dedicated in the configuration; it works with every Kamaji',
  },
  'dedicated-forbidden': {
    link: 'scrape',
    severity: 'problem',
    cause: 'the tenant answers 403 to our certificate: its ClusterRoleBinding system:monitoring is gone or changed',
    cure: 'in the tenant, let kube-apiserver make it again at its next start, or: `kubectl create clusterrolebinding system:monitoring --clusterrole=system:monitoring --group=system:monitoring`',
  },
  'certificate-unknown': {
    link: 'scrape',
    severity: 'problem',
    cause: 'the tenant answers 401: it does not accept the certificate in {secret} (ended, or of another CA)',
    cure: 'delete the Secret: with credential: dedicated the controller makes it anew within five minutes, with kubelet-client Kamaji does, at once',
  },
  'authority-wrong': {
    link: 'scrape',
    severity: 'problem',
    cause:
      'Prometheus does not trust the certificate of kube-apiserver: ca.crt in {secret} is not the CA of this tenant ({error})',
    cure: 'delete the Secret, the controller makes it anew within five minutes: `kubectl -n {namespace} delete secret {secret}`',
  },
  'server-name-wrong': {
    link: 'scrape',
    severity: 'problem',
    cause: 'the certificate of kube-apiserver does not carry the name {name}.{namespace}.svc ({error})',
    cure: 'Kamaji puts it there; let it make a new one: `kubectl -n {namespace} delete secret {name}-api-server-certificate`',
  },
  'server-certificate-expired': {
    link: 'scrape',
    severity: 'problem',
    cause: 'the certificate of kube-apiserver has ended ({error})',
    cure: 'let Kamaji make a new one: `kubectl -n {namespace} delete secret {name}-api-server-certificate`',
  },
  'certificate-file-missing': {
    link: 'scrape',
    severity: 'problem',
    cause: 'Prometheus cannot read the file of the certificate: {error}',
    cure: 'a kubelet takes up to two minutes to bring it to the pod; after that, restart the pod of Prometheus',
  },
  'connection-refused': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} refuses connections at {targets}: it does not run, or a firewall rejects them',
    cure: '`kubectl -n {namespace} logs {pod} -c {container}` (and --previous)',
  },
  unreachable: {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} cannot be reached at {targets}: {error}',
    cure: 'is there a NetworkPolicy in {namespace} that keeps Prometheus away from these ports?',
  },
  'too-slow': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} does not answer within the scrape timeout at {targets}',
    cure: 'a NetworkPolicy that drops packets shows so too; where it is only slow, raise serviceMonitor.scrapeTimeout (and interval) of the configuration',
  },
  'server-error': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} answers with an error at {targets}: {error}',
    cure: 'kube-controller-manager and kube-scheduler answer 500 while their kube-apiserver is away: `kubectl -n {namespace} get pods -l kamaji.clastix.io/name={name}`',
  },
  'tenant-starting': {
    link: 'scrape',
    severity: 'waiting',
    cause: 'the tenant control plane is starting (its status: {phase}): {components} not up yet',
    cure: 'wait: the scheduler is the last, 15 to 40 s after the start',
  },
  'sample-limit': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} gives more than Prometheus accepts: {error}',
    cure: 'raise the limit (enforcedSampleLimit, enforcedBodySizeLimit, enforcedLabelLimit, enforcedTargetLimit) of {prometheus}: an empty kube-apiserver has 15,000 to 17,000 samples in 3 MB',
  },
  'scrape-failed': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} is down at {targets}: {error}',
    cure: 'mend what the error names',
  },
  'down-unexplained': {
    link: 'scrape',
    severity: 'problem',
    cause: '{components} is down, and what was asked cannot say why',
    cure: 'give the URL of the Prometheus that scrapes, not of a querier in front of it: --prometheus-url, prometheus.url',
  },
  'scrape-pending': {
    link: 'scrape',
    severity: 'waiting',
    cause: '{components} was found and has yet to be scraped for the first time',
    cure: 'wait for one interval',
  },
} as const satisfies Readonly<Record<string, Diagnosis>>;

export type DiagnosisCode = keyof typeof DIAGNOSES;
