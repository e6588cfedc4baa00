import t from 'tap';
import {enabledAnnotation} from '../../src/tenant-control-plane.ts';
import {type Api, connectApi} from '../support/api.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {waitForObjects} from '../support/monitored.ts';
import {installManifests, startController, startWebhook} from '../support/product.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const NAMESPACE = 'tenants';
const PATH = tenantControlPlanesPath(NAMESPACE);
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const REFUSED = {status: 403, message: /monitoring is required in this cluster: .*kamaji-monitoring-opt-out/};

const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster, ['namespace.yaml', 'rbac.yaml', 'webhook.yaml', 'required.yaml']);
await startWebhook(cluster);
await startController(cluster, 'enrollment: required\n');
await cluster.createNamespace(NAMESPACE);
await cluster.createNamespace('elsewhere');
await api.create(`${RBAC}/clusterroles`, {
  metadata: {name: 'editor'},
  rules: [{apiGroups: ['kamaji.clastix.io'], resources: ['tenantcontrolplanes'], verbs: ['*']}],
});
const bind = (kind: 'ClusterRole', role: string, account: string, namespace: string) =>
  api.create(`${RBAC}/namespaces/${namespace}/rolebindings`, {
    metadata: {name: `${role}-${account}`},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind, name: role},
    subjects: [{kind: 'ServiceAccount', name: account, namespace: 'default'}],
  });

/** Somebody who may edit TenantControlPlanes; with `optOut` in NAMESPACE also the privilege. */
async function person(name: string, optOut: boolean): Promise<Api> {
  await api.create('/api/v1/namespaces/default/serviceaccounts', {metadata: {name}});
  for (const namespace of [NAMESPACE, 'elsewhere']) await bind('ClusterRole', 'editor', name, namespace);
  if (optOut) await bind('ClusterRole', 'kamaji-monitoring-opt-out', name, NAMESPACE);
  const token = await api.create(`/api/v1/namespaces/default/serviceaccounts/${name}/token`, {spec: {}});
  const {controlPlane} = cluster;
  const connection = connectApi({
    server: controlPlane.server,
    ca: controlPlane.adminIdentity.ca,
    token: (token as {status: {token: string}}).status.token,
  });
  t.teardown(() => connection.close());
  return connection;
}
const editor = await person('editor', false);
const privileged = await person('privileged', true);
const manifest = (name: string, value?: string) =>
  tenantControlPlane(name, value === undefined ? {} : {annotations: {[KEY]: value}});
const setValue = (who: Api, name: string, value: string | null, extra = '') =>
  who.mergePatch(`${PATH}/${name}`, {metadata: {annotations: {[KEY]: value, extra}}});

await waitFor('the policy to be in force', async () =>
  editor.create(`${PATH}?dryRun=All`, manifest('probe', 'false')).then(
    () => false,
    () => true,
  ),
);

t.test('who has no privilege cannot opt out at creation, whatever the spelling', async (t) => {
  for (const value of ['false', 'flase', '', 'FALSE'])
    await t.rejects(editor.create(PATH, manifest('x', value)), REFUSED);
  t.equal(enabledAnnotation(await editor.create(PATH, manifest('plain'))), 'true');
  t.equal(enabledAnnotation(await editor.create(PATH, manifest('yes', 'true'))), 'true');
});

t.test('nor later; removing the annotation always passes, and it stays monitored', async (t) => {
  await t.rejects(setValue(editor, 'plain', 'false'), REFUSED);
  await setValue(editor, 'plain', null);
  t.equal(enabledAnnotation(await api.get(`${PATH}/plain`)), undefined);
  await (await playKamaji(api, {namespace: NAMESPACE, name: 'plain'})).provideAll();
  await waitForObjects(api, NAMESPACE, 'plain');
  t.pass('the controller decides the same without the annotation');
});

t.test('who has the privilege can, in that namespace and in no other', async (t) => {
  t.equal(enabledAnnotation(await privileged.create(PATH, manifest('left', 'false'))), 'false');
  await t.rejects(privileged.create(tenantControlPlanesPath('elsewhere'), manifest('x', 'false')), REFUSED);
});

t.test('an opt-out that is there is nobody’s concern at other updates', async (t) => {
  await setValue(editor, 'left', 'false', 'changed');
  t.equal(enabledAnnotation(await api.get(`${PATH}/left`)), 'false');
  await t.rejects(setValue(editor, 'left', 'no'), REFUSED, 'but another wrong value is newly written');
  await setValue(editor, 'left', 'true');
  await t.rejects(setValue(editor, 'left', 'false'), REFUSED, 'and there is no way back');
});

t.test('an administrator holds every verb', async (t) => {
  t.equal(enabledAnnotation(await api.create(PATH, manifest('admins', 'false'))), 'false');
});
