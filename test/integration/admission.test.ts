import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import t from 'tap';
import {dig, stringAt} from '../../src/json.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {waitForObjects} from '../support/monitored.ts';
import {installManifests, startController, startWebhook, webhookCalls, webhookExclusions} from '../support/product.ts';
import {startRudeWebhook} from '../support/rude-webhook.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const CLUSTER_ENTRY = 'cluster.kamaji-monitoring.io';
const NAMESPACE_ENTRY = 'namespace.kamaji-monitoring.io';

const folder = t.testdir({
  'audit-policy.yaml':
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, verbs: [create]}, {level: None}]\n',
});
const auditLog = join(folder, 'audit.log');
const cluster = await startManagementCluster({
  apiServerFlags: [`--audit-policy-file=${join(folder, 'audit-policy.yaml')}`, `--audit-log-path=${auditLog}`],
});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
const webhook = await startWebhook(cluster);
await cluster.createNamespace('undecided');
await cluster.createNamespace('yes', {[KEY]: 'true'});
await cluster.createNamespace('no', {[KEY]: 'false'});

const path = tenantControlPlanesPath('undecided');
const annotations = (object: unknown) => dig(object, 'metadata', 'annotations');

t.test('64 kubectl create: the decision is written down', async (t) => {
  t.strictSame(annotations(await api.create(path, tenantControlPlane('created'))), {[KEY]: 'true'});
  t.strictSame(annotations(await api.get(`${path}/created`)), {[KEY]: 'true'}, 'and stored');
});

t.test('64 other annotations stay', async (t) => {
  const manifest = tenantControlPlane('noted', {annotations: {'example.com/owner': 'sre'}});
  t.strictSame(annotations(await api.create(path, manifest)), {'example.com/owner': 'sre', [KEY]: 'true'});
});

t.test('64 kubectl apply --server-side: written down, kept at the next apply, owned by nobody', async (t) => {
  await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl');
  const again = await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl');
  t.strictSame(annotations(again), {[KEY]: 'true'});
  t.notMatch(JSON.stringify(dig(again, 'metadata', 'managedFields')), KEY);
});

t.test('36, 64 generateName: written down although there is no name yet', async (t) => {
  const {metadata: _metadata, ...manifest} = tenantControlPlane('x') as {metadata: object};
  const created = await api.create(path, {...manifest, metadata: {generateName: 'generated-'}});
  t.match(stringAt(created, 'metadata', 'name'), /^generated-\w+$/);
  t.strictSame(annotations(created), {[KEY]: 'true'});
});

t.test('37, 64 a dry run shows what would be stored and stores nothing', async (t) => {
  const shown = await api.create(`${path}?dryRun=All`, tenantControlPlane('dry'));
  t.strictSame(annotations(shown), {[KEY]: 'true'});
  t.equal(await api.find(`${path}/dry`), undefined);
});

t.test('64 kubectl diff: neither an absent nor a written decision is a difference', async (t) => {
  const diff = await api.apply(`${path}/applied?dryRun=All`, tenantControlPlane('applied'), 'kubectl');
  const {metadata: _before, ...stored} = await api.get(`${path}/applied`);
  const {metadata: _after, ...shown} = diff;
  t.strictSame(shown, stored);
  t.strictSame(annotations(diff), {[KEY]: 'true'});
});

t.test('65 a TCP that has decided is untouched and the webhook is not even called', async (t) => {
  const before = await webhookCalls(cluster, CLUSTER_ENTRY);
  const spared = await webhookExclusions(cluster, CLUSTER_ENTRY);
  for (const value of ['true', 'false']) {
    const manifest = tenantControlPlane(`decided-${value}`, {annotations: {[KEY]: value}});
    t.strictSame(annotations(await api.create(path, manifest)), {[KEY]: value});
  }
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), before);
  t.ok((await webhookExclusions(cluster, CLUSTER_ENTRY)) >= spared + 2);
});

t.test('68 a wrong value is untouched and whoever wrote it is warned', async (t) => {
  const manifest = tenantControlPlane('typo', {annotations: {[KEY]: 'flase'}});
  t.strictSame(annotations(await api.create(path, manifest)), {[KEY]: 'flase'});
  t.match(api.warnings.at(-1), /"flase.* is neither .*this TenantControlPlane is not monitored/);
});

t.test('the label of the namespace is honoured by the API server', async (t) => {
  const [clusterBefore, namespaceBefore] = [
    await webhookCalls(cluster, CLUSTER_ENTRY),
    await webhookCalls(cluster, NAMESPACE_ENTRY),
  ];
  t.strictSame(annotations(await api.create(tenantControlPlanesPath('yes'), tenantControlPlane('a'))), {[KEY]: 'true'});
  t.equal(annotations(await api.create(tenantControlPlanesPath('no'), tenantControlPlane('a'))), undefined);
  t.equal(annotations(await api.create(tenantControlPlanesPath('kube-system'), tenantControlPlane('a'))), undefined);
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), clusterBefore);
  t.equal(await webhookCalls(cluster, NAMESPACE_ENTRY), namespaceBefore + 1);
});

t.test('67 another webhook replaces all annotations after us: ours is put in again', async (t) => {
  const rude = await startRudeWebhook();
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  t.teardown(async () => {
    await api.delete(`${configurations}/zz-rude`);
    rude.close();
  });
  await cluster.createNamespace('rude');
  await api.create(configurations, rude.configuration('rude'));
  const there = tenantControlPlanesPath('rude');
  await waitFor('the other webhook to be called', async () => {
    const probe = await api.create(`${there}?dryRun=All`, tenantControlPlane('probe'));
    return dig(annotations(probe), 'rude.example/was') === 'here';
  });
  const before = await webhookCalls(cluster, CLUSTER_ENTRY);
  const created = await api.create(there, tenantControlPlane('twice', {annotations: {'example.com/owner': 'sre'}}));
  t.strictSame(annotations(created), {'rude.example/was': 'here', [KEY]: 'true'});
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), before + 2);
});

t.test('69 the audit log says why, for a decision that was written and for one that was left', async (t) => {
  const events = (await readFile(auditLog, 'utf8'))
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as unknown] : []));
  const reasonFor = (name: string) => {
    const event = events.find((entry) => stringAt(entry, 'objectRef', 'name') === name);
    return stringAt(event, 'annotations', `${CLUSTER_ENTRY}/reason`);
  };
  t.equal(reasonFor('noted'), 'undecided');
  t.equal(reasonFor('typo'), 'invalid-value');
  t.equal(reasonFor('decided-true'), undefined, 'the webhook was not called');
});

t.test('updates never reach the webhook: a removed annotation stays removed', async (t) => {
  const before = await webhookCalls(cluster, CLUSTER_ENTRY);
  const updated = await api.jsonPatch(`${path}/created`, [{op: 'remove', path: '/metadata/annotations'}]);
  t.equal(annotations(updated), undefined);
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), before);
});

t.test('66 with the webhook killed a creation still succeeds and the TCP is monitored within 5 s', async (t) => {
  await startController(cluster);
  await webhook.kill('SIGKILL');
  t.equal(annotations(await api.create(path, tenantControlPlane('webhook-down'))), undefined);
  await (await playKamaji(api, {namespace: 'undecided', name: 'webhook-down'})).provideAll();
  t.ok((await waitForObjects(api, 'undecided', 'webhook-down')) < 5000);
});
