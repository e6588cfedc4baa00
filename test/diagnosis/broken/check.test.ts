import t from 'tap';
import {check} from '../../../src/commands/check.ts';
import {isObject, type JsonObject} from '../../../src/json.ts';
import {runCommand} from '../../support/command.ts';
import {startInstallation, waitForCodes} from '../../support/installation.ts';
import {manifest} from '../../support/product.ts';
import {PROMETHEUS, PROMETHEUSES} from '../../support/prometheus.ts';
import {MONITORING_NAMESPACE} from '../../support/prometheus-operator.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../support/tenant-control-plane.ts';
import {waitFor} from '../../support/wait.ts';

const NAMESPACE = 'tenants';
const OBJECT = `${PROMETHEUSES}/${PROMETHEUS}`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLE = `${RBAC}/clusterroles/kamaji-monitoring-controller`;
const WEBHOOK = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/kamaji-monitoring';

const installation = await startInstallation({webhook: true});
t.teardown(() => installation.cluster.stop());
const {cluster, kubeconfig} = installation;
const {api} = cluster;
await installation.addTenant({name: 'charlie', namespace: NAMESPACE});
await waitForCodes(installation, NAMESPACE, 'charlie', []);

async function run({laterMs = 0, as = kubeconfig}: {laterMs?: number; as?: string} = {}) {
  const now = () => new Date(Date.now() + laterMs);
  const {code, stdout} = await runCommand(check, ['-o', 'json', '--kubeconfig', as], {now});
  const {checks} = JSON.parse(stdout) as {checks: readonly JsonObject[]};
  const findings = checks.flatMap((entry) => (Array.isArray(entry.findings) ? entry.findings.filter(isObject) : []));
  return {exit: code, codes: findings.map((finding) => String(finding.code)), checks};
}

/** Waits until `check` says exactly this. */
async function says(codes: readonly string[], exit: 0 | 1, how: Parameters<typeof run>[0] = {}): Promise<void> {
  let last: readonly string[] = [];
  await waitFor(`check to say [${codes}]`, async () => {
    const ran = await run(how);
    last = ran.codes;
    return JSON.stringify(ran.codes) === JSON.stringify(codes) && ran.exit === exit;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it says [${last}]`);
  });
}

t.test('a healthy installation: every check is known and none finds anything', async (t) => {
  const {exit, codes, checks} = await run();
  t.equal(exit, 0);
  t.strictSame(codes, []);
  t.strictSame(
    checks.filter(({state}) => state !== 'ok'),
    [],
  );
  t.ok(checks.length >= 15, `${checks.length} checks`);
  const {stdout} = await runCommand(check, ['--kubeconfig', kubeconfig]);
  t.match(stdout, /√ their metrics arrive in Prometheus: 3 of 3 targets are up/);
  t.match(stdout, /\n√ no problem\n$/);
});

t.test('clocks that differ', async (t) => {
  await says(['clocks-differ'], 1, {laterMs: 301_000});
  t.pass();
});

t.test('a Kamaji that does nothing: kamaji-silent', async (t) => {
  await api.create(tenantControlPlanesPath(NAMESPACE), tenantControlPlane('silent'));
  await says(['kamaji-silent'], 1, {laterMs: 200_000});
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/silent`);
  t.pass();
});

t.test('rights of the controller that are missing, and rights that are too many', async (t) => {
  const [role] = (await manifest('rbac.yaml')).filter(({kind}) => kind === 'ClusterRole');
  const rules = Array.isArray(role?.rules) ? role.rules : [];
  const withRules = (value: readonly unknown[]) => api.jsonPatch(ROLE, [{op: 'replace', path: '/rules', value}]);
  await withRules(rules.filter((rule) => !JSON.stringify(rule).includes('events')));
  await says(['controller-rights-missing'], 1);
  await withRules([...rules, {apiGroups: [''], resources: ['secrets'], verbs: ['patch']}]);
  await says(['controller-rights-excessive'], 1);
  await withRules(rules);
  await says([], 0);
  t.pass();
});

t.test('a webhook without a CA, one that blocks, and none', async (t) => {
  const {webhooks} = await api.get(WEBHOOK);
  const entries = Array.isArray(webhooks) ? webhooks.filter(isObject) : [];
  const withEntries = (value: readonly object[]) => api.jsonPatch(WEBHOOK, [{op: 'replace', path: '/webhooks', value}]);
  await withEntries(
    entries.map((entry) => ({
      ...entry,
      clientConfig: {...(isObject(entry.clientConfig) ? entry.clientConfig : {}), caBundle: null},
    })),
  );
  await says(['webhook-without-authority'], 1);
  await withEntries(entries.map((entry) => ({...entry, failurePolicy: 'Fail'})));
  await says(['webhook-blocks'], 1);
  await api.delete(WEBHOOK);
  await says(['webhook-missing'], 1);
  await api.create('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: {name: 'kamaji-monitoring'},
    webhooks: entries,
  });
  await says([], 0);
  t.pass();
});

t.test('limits of Prometheus under which a scrape would fail', async (t) => {
  await api.mergePatch(OBJECT, {spec: {paused: true}});
  await api.mergePatch(OBJECT, {spec: {paused: false, enforcedSampleLimit: 16_000, enforcedNamespaceLabel: 'space'}});
  await says(['prometheus-namespace-label'], 0);
  await api.mergePatch(OBJECT, {spec: {enforcedSampleLimit: null, enforcedNamespaceLabel: null}});
  await says([], 0);
  await api.mergePatch(OBJECT, {spec: {enforcedLabelLimit: 16, enforcedSampleLimit: 14_000}});
  await waitFor('the limits to be seen', async () => (await run()).codes.includes('prometheus-limit-too-low'));
  const {codes, exit} = await run();
  t.equal(codes.filter((code) => code === 'prometheus-limit-too-low').length, 2);
  t.equal(exit, 1);
  await api.mergePatch(OBJECT, {spec: {enforcedLabelLimit: null, enforcedSampleLimit: null}});
  await says([], 0);
});

t.test('a Prometheus that may not discover: known before any target is missing', async (t) => {
  const binding = `${RBAC}/clusterrolebindings/${PROMETHEUS}-test`;
  const {roleRef, subjects} = await api.get(binding);
  await api.delete(binding);
  await waitFor('it to be told', async () => (await run()).codes.includes('prometheus-may-not-discover'));
  await api.create(`${RBAC}/clusterrolebindings`, {metadata: {name: `${PROMETHEUS}-test`}, roleRef, subjects});
  await says([], 0);
  t.pass();
});

t.test('several that ask for different labels are asked about, and nothing changes', async (t) => {
  await api.create(PROMETHEUSES, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: {name: 'other'},
    spec: {serviceMonitorSelector: {matchLabels: {a: 'b'}}, serviceMonitorNamespaceSelector: {}, replicas: 0},
  });
  await says(['prometheus-several'], 0);
  await api.delete(`${PROMETHEUSES}/other`);
  await says([], 0);
  t.pass();
});

t.test('scrapers that are not there, and a scraper that is not listed, are no problem', async (t) => {
  await api.delete(`/api/v1/namespaces/${MONITORING_NAMESPACE}/serviceaccounts/${PROMETHEUS}`);
  await says(['scraper-missing'], 0);
  await api.create(`/api/v1/namespaces/${MONITORING_NAMESPACE}/serviceaccounts`, {metadata: {name: PROMETHEUS}});
  await says([], 0);
  t.pass();
});

t.test('who may see nothing is told nothing wrong', async (t) => {
  await api.create('/api/v1/namespaces/default/serviceaccounts', {metadata: {name: 'nobody'}});
  const {codes, checks, exit} = await run({as: await cluster.serviceAccountKubeconfig('default', 'nobody')});
  t.strictSame(codes, []);
  t.equal(exit, 0);
  t.ok(checks.filter(({state}) => state === 'unknown').length > 5);
});

t.test('a TenantControlPlane with a problem is named', async (t) => {
  await api.create(
    tenantControlPlanesPath(NAMESPACE),
    tenantControlPlane('typo', {annotations: {'kamaji-monitoring.io/enabled': 'yes'}}),
  );
  await says(['tenants-broken'], 1);
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/typo`);
  t.pass();
});

t.test('not installed at all', async (t) => {
  await api.delete('/api/v1/namespaces/kamaji-monitoring-system/serviceaccounts/kamaji-monitoring-controller');
  await waitFor('it to be told', async () => (await run()).codes.includes('controller-account-missing'));
  t.pass();
});
