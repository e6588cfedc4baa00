import t from 'tap';
import {dig, stringAt} from '../../src/json.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {waitForObjects} from '../support/monitored.ts';
import {installManifests, startController, startWebhook, webhookCalls} from '../support/product.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const CLUSTER_ENTRY = 'cluster.kamaji-monitoring.io';
const NAMESPACE_ENTRY = 'namespace.kamaji-monitoring.io';

const cluster = await startManagementCluster();
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
const webhook = await startWebhook(cluster);
await cluster.createNamespace('undecided');
await cluster.createNamespace('yes', {[KEY]: 'true'});
await cluster.createNamespace('no', {[KEY]: 'false'});

const path = tenantControlPlanesPath('undecided');
const annotations = (object: unknown) => dig(object, 'metadata', 'annotations');

t.test('kubectl create: the decision is written down', async (t) => {
  t.strictSame(annotations(await api.create(path, tenantControlPlane('created'))), {[KEY]: 'true'});
  t.strictSame(annotations(await api.get(`${path}/created`)), {[KEY]: 'true'}, 'and stored');
});

t.test('other annotations stay', async (t) => {
  const manifest = tenantControlPlane('noted', {annotations: {'example.com/owner': 'sre'}});
  t.strictSame(annotations(await api.create(path, manifest)), {'example.com/owner': 'sre', [KEY]: 'true'});
});

t.test('kubectl apply --server-side: written down, kept at the next apply, owned by nobody', async (t) => {
  await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl');
  const again = await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl');
  t.strictSame(annotations(again), {[KEY]: 'true'});
  t.notMatch(JSON.stringify(dig(again, 'metadata', 'managedFields')), KEY);
});

t.test('generateName: written down although there is no name yet', async (t) => {
  const {metadata: _metadata, ...manifest} = tenantControlPlane('x') as {metadata: object};
  const created = await api.create(path, {...manifest, metadata: {generateName: 'generated-'}});
  t.match(stringAt(created, 'metadata', 'name'), /^generated-\w+$/);
  t.strictSame(annotations(created), {[KEY]: 'true'});
});

t.test('a dry run shows what would be stored and stores nothing', async (t) => {
  const shown = await api.create(`${path}?dryRun=All`, tenantControlPlane('dry'));
  t.strictSame(annotations(shown), {[KEY]: 'true'});
  t.equal(await api.find(`${path}/dry`), undefined);
});

t.test('a TCP that has decided is untouched and the webhook is not even called', async (t) => {
  const before = await webhookCalls(cluster, CLUSTER_ENTRY);
  for (const value of ['true', 'false']) {
    const manifest = tenantControlPlane(`decided-${value}`, {annotations: {[KEY]: value}});
    t.strictSame(annotations(await api.create(path, manifest)), {[KEY]: value});
  }
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), before);
});

t.test('a wrong value is untouched and whoever wrote it is warned', async (t) => {
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

t.test('updates never reach the webhook: a removed annotation stays removed', async (t) => {
  const before = await webhookCalls(cluster, CLUSTER_ENTRY);
  const updated = await api.jsonPatch(`${path}/created`, [{op: 'remove', path: '/metadata/annotations'}]);
  t.equal(annotations(updated), undefined);
  t.equal(await webhookCalls(cluster, CLUSTER_ENTRY), before);
});

t.test('with the webhook killed a creation still succeeds and the TCP is monitored within 5 s', async (t) => {
  await startController(cluster);
  await webhook.kill('SIGKILL');
  t.equal(annotations(await api.create(path, tenantControlPlane('webhook-down'))), undefined);
  await (await playKamaji(api, {namespace: 'undecided', name: 'webhook-down'})).provideAll();
  t.ok((await waitForObjects(api, 'undecided', 'webhook-down')) < 5000);
});
