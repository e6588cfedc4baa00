import t from 'tap';
import {stringAt} from '../../../src/json.ts';
import {askAsAdmin, waitForCodes} from '../../support/installation.ts';
import {type Kamaji, playKamaji} from '../../support/kamaji.ts';
import {startManagementCluster} from '../../support/management-cluster.ts';
import {childPath} from '../../support/monitored.ts';
import {createAuthority} from '../../support/pki.ts';
import {installManifests, startController} from '../../support/product.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../support/tenant-control-plane.ts';
import {waitFor} from '../../support/wait.ts';

const NAMESPACE = 'tenants';
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const PATH = tenantControlPlanesPath(NAMESPACE);
/** There is no Prometheus here, which is what is said of what is well up to there. */
const WELL = ['no-prometheus'];
const MINUTES_MS = 300_000;

const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
await cluster.createNamespace(NAMESPACE);
const installation = await askAsAdmin(cluster);
let controller = await startController(cluster);
const says = (name: string, codes: readonly string[], laterMs = 0) =>
  waitForCodes(installation, NAMESPACE, name, codes, {laterMs});

async function create(name: string, manifest: object = tenantControlPlane(name)): Promise<Kamaji> {
  await api.create(PATH, manifest);
  return playKamaji(api, {namespace: NAMESPACE, name});
}

t.test('nobody has said what Kamaji has to say first: kamaji-not-done', async (t) => {
  const kamaji = await create('slow');
  await says('slow', ['kamaji-not-done']);
  await kamaji.provideAll();
  await says('slow', WELL);
  t.pass();
});

t.test('a typo in the annotation: annotation-invalid', async (t) => {
  await create('typo', tenantControlPlane('typo', {annotations: {'kamaji-monitoring.io/enabled': 'flase'}}));
  await says('typo', ['annotation-invalid']);
  t.pass();
});

t.test('a port that none can be: cannot-be-monitored', async (t) => {
  await create('impossible', tenantControlPlane('impossible', {port: 99_999_999}));
  await says('impossible', ['cannot-be-monitored']);
  t.pass();
});

t.test('an opt-out is no problem', async (t) => {
  await create('left', tenantControlPlane('left', {annotations: {'kamaji-monitoring.io/enabled': 'false'}}));
  await says('left', []);
  t.pass();
});

t.test('somebody else’s Service in the way: object-foreign', async (t) => {
  await api.create(childPath('Service', NAMESPACE), {metadata: {name: 'taken-metrics'}, spec: {ports: [{port: 1}]}});
  await (await create('taken')).provideAll();
  await says('taken', ['object-foreign']);
  await api.delete(childPath('Service', NAMESPACE, 'taken-metrics'));
  t.pass();
});

t.test('a CA Secret of somebody else under Kamaji’s name: authority-untrusted, also as an Event', async (t) => {
  await create('victim');
  await api.create(SECRETS, {
    metadata: {name: 'victim-ca', annotations: {'kamaji.clastix.io/checksum': 'x'}},
    stringData: {'ca.crt': 'x'},
  });
  const ca = {checksum: 'x', secretName: 'victim-ca', lastUpdate: '2026-01-01T00:00:00Z'};
  await api.mergePatch(`${PATH}/victim/status`, {status: {certificates: {ca}}});
  await says('victim', ['authority-untrusted']);
  const event = await waitFor('the Event', async () => {
    const all = await api.list(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`);
    return all.find(({reason}) => reason === 'AuthorityUntrusted');
  });
  t.match(event, {regarding: {name: 'victim'}, type: 'Warning', note: /does not belong to this TenantControlPlane/});
});

t.test('a Secret of somebody else under our name: secret-foreign', async (t) => {
  await api.create(SECRETS, {metadata: {name: 'shadow-monitoring-client'}, stringData: {a: 'b'}});
  await (await create('shadow')).provideAll();
  await says('shadow', ['secret-foreign']);
  t.pass();
});

t.test('the controller does not run', async (t) => {
  const kamaji = await create('idle');
  await kamaji.provideAll();
  await says('idle', WELL);
  await controller.stop();
  const service = childPath('Service', NAMESPACE, 'idle-metrics');

  t.test('a port that was changed by hand: object-differs', async (t) => {
    await api.jsonPatch(service, [{op: 'replace', path: '/spec/ports/0/targetPort', value: 1}]);
    await says('idle', ['object-differs']);
    t.pass();
  });

  t.test('an object that was deleted: objects-missing, but waiting while the TCP is new', async (t) => {
    await api.delete(service);
    await says('idle', ['objects-not-yet']);
    await says('idle', ['objects-missing'], MINUTES_MS);
    t.pass();
  });

  t.test('it comes back and all is well', async (t) => {
    controller = await startController(cluster);
    await says('idle', WELL);
    t.pass();
  });

  t.test('a rotated CA that nobody followed: credential-of-old-authority', async (t) => {
    await controller.stop();
    await kamaji.provideAuthority(await createAuthority('kubernetes', 'rsa'));
    await says('idle', ['credential-of-old-authority']);
    controller = await startController(cluster);
    await says('idle', WELL);
    t.pass();
  });
});

t.test('no CRD of ServiceMonitors: operator-kinds-missing', async (t) => {
  const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/servicemonitors.monitoring.coreos.com';
  t.equal(stringAt(await api.get(crd), 'spec', 'names', 'kind'), 'ServiceMonitor');
  await api.delete(crd);
  await says('idle', ['operator-kinds-missing']);
});
