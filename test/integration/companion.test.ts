import t from 'tap';
import {dig, stringAt} from '../../src/json.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {childPath, KINDS, objectsOf, waitForObjects} from '../support/monitored.ts';
import {installManifests, logLines, startController} from '../support/product.ts';
import {type ManifestOptions, tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {holds, waitFor} from '../support/wait.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
await cluster.createNamespace('tenants');
const path = tenantControlPlanesPath('tenants');

// Older than the product: nothing has annotated it.
await provide('older', {});
const CONFIG = 'credential: kubelet-client\n';
const controller = await startController(cluster, CONFIG);

async function provide(name: string, options: ManifestOptions, namespace = 'tenants') {
  await api.create(tenantControlPlanesPath(namespace), tenantControlPlane(name, options));
  const kamaji = await playKamaji(api, {namespace, name});
  await kamaji.provideAll();
  return kamaji;
}

const versionsOf = async (tcp: string) => {
  const objects = await objectsOf(api, 'tenants', tcp);
  return KINDS.map((kind) => stringAt(objects[kind], 'metadata', 'resourceVersion'));
};

t.test('a TCP older than the product, which no webhook saw, is monitored by the same table', async (t) => {
  t.ok((await waitForObjects(api, 'tenants', 'older')) < 5000);
  t.equal(dig(await api.get(`${path}/older`), 'metadata', 'annotations'), undefined, 'and it is not written to');
});

t.test('the ServiceMonitor waits for the Secret, all else does not', async () => {
  await api.create(path, tenantControlPlane('step', {annotations: {[KEY]: 'true'}}));
  const kamaji = await playKamaji(api, {namespace: 'tenants', name: 'step'});
  await kamaji.provideService();
  await kamaji.provideAuthority();
  await waitForObjects(api, 'tenants', 'step', ['Role', 'RoleBinding', 'Service']);
  await holds('no ServiceMonitor', async () => !('ServiceMonitor' in (await objectsOf(api, 'tenants', 'step'))), 500);
  await kamaji.provideClientCertificate();
  await waitForObjects(api, 'tenants', 'step');
});

t.test('a rotated certificate changes the label of the ServiceMonitor, which stays the same object', async (t) => {
  const kamaji = await provide('rotated', {});
  await waitForObjects(api, 'tenants', 'rotated');
  const before = (await objectsOf(api, 'tenants', 'rotated')).ServiceMonitor;
  const label = (object: unknown) => stringAt(object, 'metadata', 'labels', 'kamaji-monitoring.io/credential-hash');
  await kamaji.provideClientCertificate();
  const after = await waitFor('another hash', async () => {
    const {ServiceMonitor} = await objectsOf(api, 'tenants', 'rotated');
    return label(ServiceMonitor) !== label(before) && ServiceMonitor;
  });
  t.equal(stringAt(after, 'metadata', 'uid'), stringAt(before, 'metadata', 'uid'));
});

t.test('what is damaged is repaired, what is deleted comes back', async (t) => {
  await provide('damaged', {});
  await waitForObjects(api, 'tenants', 'damaged');
  const service = childPath('Service', 'tenants', 'damaged-metrics');
  const monitor = childPath('ServiceMonitor', 'tenants', 'kube-prometheus-stack-tcp-damaged');
  const original = {service: dig(await api.get(service), 'spec'), monitor: dig(await api.get(monitor), 'spec')};

  await api.jsonPatch(service, [
    {op: 'remove', path: '/spec/ports/1'},
    {op: 'add', path: '/spec/selector/extra', value: 'x'},
  ]);
  await api.mergePatch(monitor, {spec: {sampleLimit: 1, endpoints: []}});
  const repaired = (object: string, spec: unknown) =>
    waitFor(
      `${object} to be repaired`,
      async () => JSON.stringify(dig(await api.find(object), 'spec')) === JSON.stringify(spec),
    );
  await repaired(service, original.service);
  await repaired(monitor, original.monitor);

  await api.delete(monitor);
  await api.delete(childPath('Role', 'tenants', 'prometheus-secret-reader-damaged'));
  await waitForObjects(api, 'tenants', 'damaged');
  t.pass('all four are there again');
});

t.test('other people’s labels and annotations on our objects stay', async (t) => {
  await provide('labelled', {});
  await waitForObjects(api, 'tenants', 'labelled');
  const service = childPath('Service', 'tenants', 'labelled-metrics');
  await api.mergePatch(service, {
    metadata: {labels: {team: 'sre', 'kamaji.clastix.io/name': 'wrong'}, annotations: {note: 'x'}},
  });
  const repaired = await waitFor('our label to be repaired', async () => {
    const object = await api.get(service);
    return stringAt(object, 'metadata', 'labels', 'kamaji.clastix.io/name') === 'labelled-metrics' && object;
  });
  t.match(repaired, {metadata: {labels: {team: 'sre'}, annotations: {note: 'x'}}});
});

t.test('an opt-out later removes what we made and nothing else', async (t) => {
  await provide('leaver', {annotations: {[KEY]: 'true'}});
  await waitForObjects(api, 'tenants', 'leaver');
  await api.mergePatch(`${path}/leaver`, {metadata: {annotations: {[KEY]: 'false'}}});
  await waitForObjects(api, 'tenants', 'leaver', []);
  t.ok(await api.find('/api/v1/namespaces/tenants/services/leaver'), 'Kamaji’s Service');
  t.ok(
    await api.find('/api/v1/namespaces/tenants/secrets/leaver-api-server-kubelet-client-certificate'),
    'Kamaji’s Secret',
  );
  t.equal(Object.keys(await objectsOf(api, 'tenants', 'older')).length, 4, 'another TCP’s objects');
});

t.test('the label of a namespace decides for undecided TCPs, also when it changes', async () => {
  await cluster.createNamespace('quiet', {[KEY]: 'false'});
  await provide('silent', {}, 'quiet');
  await provide('loud', {annotations: {[KEY]: 'true'}}, 'quiet');
  await waitForObjects(api, 'quiet', 'loud');
  await waitForObjects(api, 'quiet', 'silent', []);
  await api.mergePatch('/api/v1/namespaces/quiet', {metadata: {labels: {[KEY]: 'true'}}});
  await waitForObjects(api, 'quiet', 'silent');
  await api.mergePatch('/api/v1/namespaces/quiet', {metadata: {labels: {[KEY]: 'false'}}});
  await waitForObjects(api, 'quiet', 'silent', []);
  await waitForObjects(api, 'quiet', 'loud');
});

t.test('a deleted TCP takes our objects with it', async () => {
  await provide('deleted', {});
  await waitForObjects(api, 'tenants', 'deleted');
  await api.delete(`${path}/deleted`);
  await waitForObjects(api, 'tenants', 'deleted', []);
});

t.test('a TCP that is deleted and made again at once gets objects of its own', async (t) => {
  await provide('phoenix', {});
  await waitForObjects(api, 'tenants', 'phoenix');
  await api.delete(`${path}/phoenix`);
  await waitFor(
    'the old one to go',
    async () => (await api.find('/api/v1/namespaces/tenants/services/phoenix')) === undefined,
  );
  await provide('phoenix', {});
  const uid = stringAt(await api.get(`${path}/phoenix`), 'metadata', 'uid');
  await waitFor('four objects of the new uid', async () => {
    const objects = Object.values(await objectsOf(api, 'tenants', 'phoenix'));
    return (
      objects.length === 4 &&
      objects.every((object) => JSON.stringify(dig(object, 'metadata', 'ownerReferences')).includes(String(uid)))
    );
  });
  t.pass('made anew');
});

t.test('the target port follows the TCP', async (t) => {
  const targetPort = async (name: string) => {
    await waitForObjects(api, 'tenants', name);
    const {Service} = await objectsOf(api, 'tenants', name);
    const ports = dig(Service, 'spec', 'ports');
    return Array.isArray(ports) && ports.map((port) => dig(port, 'targetPort'));
  };
  await provide('moved', {port: 30_001});
  t.strictSame(await targetPort('moved'), [30_001, 10_257, 10_259]);
  await api.mergePatch(`${path}/moved`, {spec: {networkProfile: {port: 30_002}}});
  await waitFor('the new port', async () => JSON.stringify(await targetPort('moved')) === '[30002,10257,10259]');
  await provide('unspecified', {withoutNetworkProfile: true});
  t.strictSame(await targetPort('unspecified'), [6443, 10_257, 10_259]);
});

t.test('a TCP name of 63 characters is monitored, one that Kamaji refuses is survived', async (t) => {
  const longest = `l${'o'.repeat(61)}g`;
  await provide(longest, {});
  await waitForObjects(api, 'tenants', longest);
  const {Service} = await objectsOf(api, 'tenants', longest);
  t.match(stringAt(Service, 'metadata', 'name'), /^lo{45}-metrics-[0-9a-f]{8}$/);
  await api.create(path, tenantControlPlane('a.b'));
  await api.create(path, tenantControlPlane('huge-port', {port: 99_999_999}));
  await api.create(path, {...tenantControlPlane('no-spec'), spec: null});
  await provide('after', {});
  await waitForObjects(api, 'tenants', 'after');
  t.equal(Object.keys(await objectsOf(api, 'tenants', 'a.b')).length, 0);
  t.equal(Object.keys(await objectsOf(api, 'tenants', 'huge-port')).length, 0);
});

t.test('an object that is in the way is never touched; the others are made', async (t) => {
  const services = childPath('Service', 'tenants');
  const theirs = await api.create(services, {metadata: {name: 'blocked-metrics'}, spec: {ports: [{port: 80}]}});
  await provide('blocked', {});
  await waitForObjects(api, 'tenants', 'blocked', ['Role', 'RoleBinding', 'ServiceMonitor']);
  await holds(
    'theirs is as it was',
    async () => {
      const now = await api.get(`${services}/blocked-metrics`);
      return stringAt(now, 'metadata', 'resourceVersion') === stringAt(theirs, 'metadata', 'resourceVersion');
    },
    500,
  );
  const conflicts = (await logLines(controller.logFile)).filter(({msg}) => String(msg).startsWith('conflict'));
  t.match(conflicts[0], {tcp: 'tenants/blocked', kind: 'Service', name: 'blocked-metrics', why: /lacks the label/});
  await api.mergePatch(`${path}/blocked`, {metadata: {annotations: {[KEY]: 'false'}}});
  await waitForObjects(api, 'tenants', 'blocked', []);
  t.ok(await api.find(`${services}/blocked-metrics`), 'an opt-out does not remove it either');
});

t.test('what a person labels for us is adopted with an owner', async (t) => {
  const service = childPath('Service', 'tenants', 'given-metrics');
  await api.create(childPath('Service', 'tenants'), {
    metadata: {name: 'given-metrics', labels: {'app.kubernetes.io/managed-by': 'kamaji-monitoring'}},
    spec: {ports: [{port: 80}]},
  });
  await provide('given', {});
  await waitForObjects(api, 'tenants', 'given');
  t.match(await api.get(service), {
    metadata: {ownerReferences: [{kind: 'TenantControlPlane', name: 'given'}]},
    spec: {ports: [{port: 6443}, {}, {}], selector: {'kamaji.clastix.io/name': 'given'}},
  });
});

t.test('when nothing differs nothing is written', async (t) => {
  const tcps = ['older', 'step', 'rotated', 'damaged', 'moved'];
  const before = await Promise.all(tcps.map(versionsOf));
  const writes = (await logLines(controller.logFile)).length;
  await holds(
    'every version',
    async () => JSON.stringify(await Promise.all(tcps.map(versionsOf))) === JSON.stringify(before),
    2000,
  );
  t.equal((await logLines(controller.logFile)).length, writes);
});

t.test('it comes back from a restart of the API server and from its own, with nothing to do', async (t) => {
  const before = await Promise.all(['older', 'damaged'].map(versionsOf));
  await cluster.controlPlane.apiServer.kill('SIGKILL');
  await cluster.controlPlane.restartApiServer();
  await provide('after-restart', {});
  await waitForObjects(api, 'tenants', 'after-restart', KINDS, 40_000);
  t.equal(controller.exitCode(), undefined);
  await controller.stop();
  t.equal(controller.exitCode(), 0, 'an orderly end');
  const next = await startController(cluster, CONFIG);
  await provide('after-own-restart', {});
  await waitForObjects(api, 'tenants', 'after-own-restart');
  t.strictSame(await Promise.all(['older', 'damaged'].map(versionsOf)), before);
  await next.stop();
});
