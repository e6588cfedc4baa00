import {X509Certificate} from 'node:crypto';
import t from 'tap';
import {issueClientCertificate} from '../../../src/credentials/client-certificate.ts';
import {FAST, startInstallation, waitForCodes} from '../../support/installation.ts';
import {playKamaji} from '../../support/kamaji.ts';
import {childPath} from '../../support/monitored.ts';
import {createAuthority} from '../../support/pki.ts';
import {runTenantPods} from '../../support/pods.ts';
import {PROMETHEUS, PROMETHEUSES} from '../../support/prometheus.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../support/tenant-control-plane.ts';

const NAMESPACE = 'tenants';
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/charlie-monitoring-client`;
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const DAY_MS = 86_400_000;

const installation = await startInstallation();
t.teardown(() => installation.cluster.stop());
const {cluster, prometheus} = installation;
const {api} = cluster;
const {tenant} = await installation.addTenant({name: 'charlie', namespace: NAMESPACE, aliases: ['wedged']});
const [replica] = tenant.replicas;
if (replica === undefined) throw new Error('the tenant has no replica');
const says = (codes: readonly string[]) => waitForCodes(installation, NAMESPACE, 'charlie', codes);
const inSecret = (values: Readonly<Record<string, string>>) =>
  api.mergePatch(SECRET, {
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  });
/** The tenant's own pods, also under another name. */
async function addAlias(name: string): Promise<void> {
  await api.create(tenantControlPlanesPath(NAMESPACE), tenantControlPlane(name));
  await (await playKamaji(api, {namespace: NAMESPACE, name, authority: tenant.authority})).provideAll();
  await runTenantPods(api, NAMESPACE, name, tenant.addresses);
}

t.test('a healthy installation: nothing, also for who looks two months later', async (t) => {
  await says([]);
  t.strictSame(await installation.codes(NAMESPACE, 'charlie', {laterMs: 60 * DAY_MS}), []);
});

t.test('a person who may not read Secrets is told the same', async (t) => {
  const name = 'viewer';
  await api.create('/api/v1/namespaces/default/serviceaccounts', {metadata: {name}});
  const read = (group: string, resources: readonly string[]) => ({
    apiGroups: [group],
    resources,
    verbs: ['get', 'list'],
  });
  await api.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: {name},
    rules: [
      read('kamaji.clastix.io', ['tenantcontrolplanes']),
      read('', ['namespaces', 'services', 'events', 'services/proxy']),
      read('rbac.authorization.k8s.io', ['roles', 'rolebindings']),
      read('monitoring.coreos.com', ['servicemonitors', 'prometheuses', 'prometheusagents']),
      read('discovery.k8s.io', ['endpointslices']),
    ],
  });
  await api.create(BINDINGS, {
    metadata: {name},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name},
    subjects: [{kind: 'ServiceAccount', name, namespace: 'default'}],
  });
  const flags = ['--kubeconfig', await cluster.serviceAccountKubeconfig('default', name)];
  t.strictSame(await installation.codes(NAMESPACE, 'charlie', {flags}), []);
  t.strictSame(await installation.codes(NAMESPACE, 'charlie', {flags, laterMs: 91 * DAY_MS}), ['credential-expired']);
});

t.test('a certificate that nobody renews: credential-expiring, then credential-expired', async (t) => {
  t.strictSame(await installation.codes(NAMESPACE, 'charlie', {laterMs: 85 * DAY_MS}), ['credential-expiring']);
  t.strictSame(await installation.codes(NAMESPACE, 'charlie', {laterMs: 91 * DAY_MS}), ['credential-expired']);
});

t.test('a component that does not run: connection-refused', async (t) => {
  await tenant.scheduler.kill('SIGKILL');
  await says(['connection-refused']);
  await tenant.startScheduler();
  await says([]);
  t.pass();
});

t.test('a component that accepts and does not answer: too-slow', async (t) => {
  process.kill(tenant.scheduler.pid, 'SIGSTOP');
  await says(['too-slow']);
  process.kill(tenant.scheduler.pid, 'SIGCONT');
  await says([]);
  t.pass();
});

t.test('the tenant’s API server is away: connection-refused, and not what follows from it', async (t) => {
  await tenant.killApiServer();
  await says(['connection-refused']);
  await tenant.restartApiServer();
  await says([]);
  t.pass();
});

t.test('the tenant’s binding is deleted: dedicated-forbidden', async (t) => {
  const {metadata: _, ...binding} = await replica.admin.get(`${BINDINGS}/system:monitoring`);
  await replica.admin.delete(`${BINDINGS}/system:monitoring`);
  await says(['dedicated-forbidden']);
  await replica.admin.create(BINDINGS, {...binding, metadata: {name: 'system:monitoring'}});
  await says([]);
  t.pass();
});

t.test('a sample limit that kube-apiserver does not fit into: sample-limit', async (t) => {
  await api.mergePatch(`${PROMETHEUSES}/${PROMETHEUS}`, {spec: {enforcedSampleLimit: 8000}});
  await says(['sample-limit']);
  await api.mergePatch(`${PROMETHEUSES}/${PROMETHEUS}`, {spec: {enforcedSampleLimit: null}});
  await says([]);
  t.pass();
});

t.test('a body limit that kube-apiserver does not fit into: sample-limit', async (t) => {
  await api.mergePatch(`${PROMETHEUSES}/${PROMETHEUS}`, {spec: {enforcedBodySizeLimit: '1MB'}});
  await says(['sample-limit']);
  await api.mergePatch(`${PROMETHEUSES}/${PROMETHEUS}`, {spec: {enforcedBodySizeLimit: null}});
  await says([]);
  t.pass();
});

t.test('a wrong CA in our Secret: authority-wrong; the controller mends it at its next look', async (t) => {
  await inSecret({'ca.crt': (await createAuthority('kubernetes', 'rsa')).certificate});
  await says(['authority-wrong']);
  await installation.reconfigure(FAST);
  await says([]);
  t.pass();
});

t.test('a certificate that has ended: certificate-unknown; the controller mends it at its next look', async (t) => {
  const ended = await issueClientCertificate({
    authority: await createAuthority('kubernetes', 'rsa', 200 * DAY_MS),
    commonName: 'kamaji-monitoring:tenants:charlie',
    now: new Date(Date.now() - 100 * DAY_MS),
  });
  t.ok(Date.parse(new X509Certificate(ended.certificate).validTo) < Date.now());
  await inSecret({'tls.crt': ended.certificate, 'tls.key': ended.privateKey});
  await says(['certificate-unknown']);
  await installation.reconfigure(FAST);
  await says([]);
});

t.test('Prometheus may not discover in the namespace: discovery-forbidden', async (t) => {
  const binding = await api.get(`${BINDINGS}/${PROMETHEUS}-test`);
  await api.delete(`${BINDINGS}/${PROMETHEUS}-test`);
  await prometheus.restart();
  await says(['discovery-forbidden']);
  const {roleRef, subjects} = binding;
  await api.create(BINDINGS, {metadata: {name: `${PROMETHEUS}-test`}, roleRef, subjects});
  await says([]);
  t.pass();
});

t.test('the name is not in the certificate of kube-apiserver: server-name-wrong', async (t) => {
  await addAlias('misnamed');
  await waitForCodes(installation, NAMESPACE, 'misnamed', ['server-name-wrong']);
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/misnamed`);
  t.pass();
});

t.test('the configuration came before the certificate: scrape-pool-missing, and its cure works', async (t) => {
  prometheus.holdCertificates();
  await addAlias('wedged');
  await waitForCodes(installation, NAMESPACE, 'wedged', ['scrape-pool-missing']);
  await prometheus.releaseCertificates();
  await waitForCodes(installation, NAMESPACE, 'wedged', ['scrape-pool-missing']);
  const service = childPath('Service', NAMESPACE, 'wedged-metrics');
  await api.mergePatch(service, {metadata: {labels: {'kamaji-monitoring.io/discovery-nudge': 'again'}}});
  await waitForCodes(installation, NAMESPACE, 'wedged', []);
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/wedged`);
  t.pass();
});

t.test('no pods: no-endpoints; scaled to nothing: asleep, which is no problem', async (t) => {
  await api.delete(`/api/v1/namespaces/${NAMESPACE}/pods/charlie-0?gracePeriodSeconds=0`);
  await says(['no-endpoints']);
  await api.mergePatch(`${tenantControlPlanesPath(NAMESPACE)}/charlie`, {
    spec: {controlPlane: {deployment: {replicas: 0}}},
  });
  await says(['asleep']);
  t.pass();
});
