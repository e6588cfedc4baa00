import {X509Certificate} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import t from 'tap';
import {Agent, request} from 'undici';
import {cacheTenantControlPlane} from '../../src/companion/cached.ts';
import {createClientCertificates} from '../../src/companion/client-certificates.ts';
import {dig, stringAt} from '../../src/json.ts';
import {createClient} from '../../src/kube/client.ts';
import {loadKubeConfig} from '../../src/kube/connection.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import {heldClock} from '../support/clock.ts';
import {type ClientGroup, playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {childPath, objectsOf} from '../support/monitored.ts';
import {createAuthority} from '../support/pki.ts';
import {installManifests, startController} from '../support/product.ts';
import {startTenant} from '../support/tenant.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {holds, waitFor} from '../support/wait.ts';

const NAMESPACE = 'tenants';
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const KEY = 'kamaji-monitoring.io/enabled';
const DEDICATED = 'credential: dedicated\n';

const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
await cluster.createNamespace(NAMESPACE);
const path = tenantControlPlanesPath(NAMESPACE);
let controller = await startController(cluster, DEDICATED);

async function restart(config: string): Promise<void> {
  await controller.stop();
  controller = await startController(cluster, config);
}

async function provide(name: string, clientGroup: ClientGroup = 'none') {
  await api.create(path, tenantControlPlane(name));
  const kamaji = await playKamaji(api, {namespace: NAMESPACE, name, clientGroup});
  await kamaji.provideAll();
  return kamaji;
}

const secretOf = (name: string) => api.find(`${SECRETS}/${name}-monitoring-client`);
const monitorOf = (name: string) =>
  api.find(childPath('ServiceMonitor', NAMESPACE, `kube-prometheus-stack-tcp-${name}`));
const decode = (secret: unknown, key: string) => Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString();
const hashOf = (monitor: unknown) => stringAt(monitor, 'metadata', 'labels', 'kamaji-monitoring.io/credential-hash');

/** Waits for the monitor; by then the Secret is there. */
async function waitForMonitor(name: string) {
  return waitFor(`the ServiceMonitor of ${name}`, () => monitorOf(name));
}

t.test(
  'with Kamaji’s own certificate in no group, ours reads the metrics of all components and nothing else',
  async (t) => {
    const tenant = await startTenant(cluster, {name: 'charlie', namespace: NAMESPACE});
    await api.create(path, tenantControlPlane('charlie'));
    const kamaji = await playKamaji(api, {
      namespace: NAMESPACE,
      name: 'charlie',
      authority: tenant.authority,
      clientGroup: 'none',
    });
    const kamajis = await kamaji.provideAll();
    await waitForMonitor('charlie');
    const secret = await secretOf('charlie');
    const client = {certificate: decode(secret, 'tls.crt'), privateKey: decode(secret, 'tls.key')};
    const [address = ''] = tenant.addresses;
    for (const component of COMPONENTS) {
      await waitFor(
        `${component} to answer 200`,
        async () => (await tenant.scrape(address, component, client)).status === 200,
      );
      t.equal((await tenant.scrape(address, component, kamajis)).status, 403, `${component} refuses Kamaji’s`);
    }

    const dispatcher = new Agent({
      connect: {
        ca: decode(secret, 'ca.crt'),
        cert: client.certificate,
        key: client.privateKey,
        servername: 'charlie.tenants.svc',
      },
    });
    const get = async (where: string) => {
      const {statusCode, body} = await request(`https://${address}:6443${where}`, {dispatcher});
      await body.dump();
      return statusCode;
    };
    t.equal(await get('/metrics'), 200, 'kube-apiserver’s certificate verifies as the ServiceMonitor says');
    for (const where of [
      '/api/v1/namespaces',
      '/api/v1/secrets',
      '/api/v1/pods',
      '/api/v1/nodes',
      '/logs/',
      '/debug/pprof/',
      '/configz',
    ]) {
      t.equal(await get(where), 403, where);
    }
    await dispatcher.close();
  },
);

t.test('the Secret is ours and says of which CA it is; the ServiceMonitor says until when', async (t) => {
  await provide('plain');
  const monitor = await waitForMonitor('plain');
  const secret = await secretOf('plain');
  const checksum = stringAt(await api.get(`${path}/plain`), 'status', 'certificates', 'ca', 'checksum');
  t.match(secret, {
    type: 'kubernetes.io/tls',
    metadata: {
      labels: {
        'app.kubernetes.io/managed-by': 'kamaji-monitoring',
        'kamaji-monitoring.io/tenant-control-plane': 'plain',
      },
      annotations: {'kamaji-monitoring.io/certificate-authority-checksum': checksum},
      ownerReferences: [{kind: 'TenantControlPlane', name: 'plain'}],
    },
  });
  const certificate = new X509Certificate(decode(secret, 'tls.crt'));
  t.equal(certificate.subject, 'O=system:monitoring\nCN=kamaji-monitoring:tenants:plain');
  t.match(monitor, {
    metadata: {
      annotations: {
        'kamaji-monitoring.io/credential-not-after': new Date(certificate.validTo).toISOString(),
        'kamaji-monitoring.io/certificate-authority-checksum': checksum,
      },
    },
    spec: {
      endpoints: [
        {tlsConfig: {serverName: 'plain.tenants.svc', ca: {secret: {name: 'plain-monitoring-client', key: 'ca.crt'}}}},
        {tlsConfig: {insecureSkipVerify: true, cert: {secret: {key: 'tls.crt'}}, keySecret: {key: 'tls.key'}}},
        {tlsConfig: {insecureSkipVerify: true}},
      ],
    },
  });
  const {Role} = await objectsOf(api, NAMESPACE, 'plain');
  t.ok(Role);
  t.match(await api.get(childPath('Role', NAMESPACE, 'prometheus-secret-reader-plain')), {
    rules: [{resourceNames: ['plain-monitoring-client']}],
  });
});

t.test(
  'a rotated CA: within 3 s a certificate of the new one, in the same Secret, and the label changes',
  async (t) => {
    const kamaji = await provide('rotated');
    const before = hashOf(await waitForMonitor('rotated'));
    const secretBefore = await secretOf('rotated');
    const authority = await createAuthority('kubernetes', 'rsa');
    await kamaji.provideAuthority(authority);
    const startedAt = performance.now();
    await waitFor('another hash', async () => hashOf(await monitorOf('rotated')) !== before, {everyMs: 20});
    t.ok(performance.now() - startedAt < 3000, `${Math.round(performance.now() - startedAt)} ms`);
    const secret = await secretOf('rotated');
    t.equal(stringAt(secret, 'metadata', 'uid'), stringAt(secretBefore, 'metadata', 'uid'));
    t.ok(new X509Certificate(decode(secret, 'tls.crt')).verify(new X509Certificate(authority.certificate).publicKey));
    t.equal(decode(secret, 'ca.crt'), authority.certificate);
  },
);

t.test('a CA Secret that is not Kamaji’s for this TCP is never used', async (t) => {
  await api.create(path, tenantControlPlane('victim'));
  const kamaji = await playKamaji(api, {namespace: NAMESPACE, name: 'victim'});
  await kamaji.provideAuthority();
  const ca = await api.get(`${SECRETS}/victim-ca`);
  await api.delete(`${path}/victim`);
  await waitFor('everything of it to be collected', async () => {
    const left = [await api.find(`${SECRETS}/victim-ca`), await secretOf('victim'), await monitorOf('victim')];
    return left.every((object) => object === undefined);
  });

  // Somebody who may make TCPs and Secrets offers a CA under the right name, with the right checksum, of another owner.
  await api.create(path, tenantControlPlane('victim'));
  const checksum = stringAt(ca, 'metadata', 'annotations', 'kamaji.clastix.io/checksum');
  await api.create(SECRETS, {
    metadata: {name: 'victim-ca', annotations: {'kamaji.clastix.io/checksum': checksum}},
    data: dig(ca, 'data'),
  });
  const status = {certificates: {ca: {checksum, secretName: 'victim-ca', lastUpdate: '2026-01-01T00:00:00Z'}}};
  await api.mergePatch(`${path}/victim/status`, {status});
  await waitFor('the Service', async () => 'Service' in (await objectsOf(api, NAMESPACE, 'victim')));
  await holds(
    'nothing is issued',
    async () => (await secretOf('victim')) === undefined && (await monitorOf('victim')) === undefined,
    1500,
  );

  // Or points the status at another CA of the namespace.
  await api.mergePatch(`${path}/victim/status`, {status: {certificates: {ca: {checksum, secretName: 'plain-ca'}}}});
  await holds('nothing is issued', async () => (await secretOf('victim')) === undefined, 1000);
  t.pass('nothing was issued');
});

t.test('a Secret of somebody else under our name is never touched', async (t) => {
  await api.create(SECRETS, {metadata: {name: 'taken-monitoring-client'}, stringData: {theirs: 'x'}});
  await provide('taken');
  await waitFor('the Service', async () => 'Service' in (await objectsOf(api, NAMESPACE, 'taken')));
  await holds('no monitor', async () => (await monitorOf('taken')) === undefined, 1000);
  await api.mergePatch(`${path}/taken`, {metadata: {annotations: {[KEY]: 'false'}}});
  await waitFor('our objects to go', async () => Object.keys(await objectsOf(api, NAMESPACE, 'taken')).length === 0);
  t.equal(decode(await secretOf('taken'), 'theirs'), 'x');
});

t.test('an opt-out removes the Secret and what the controller had granted itself', async (t) => {
  await provide('leaver');
  await waitForMonitor('leaver');
  t.ok(await secretOf('leaver'));
  await api.mergePatch(`${path}/leaver`, {metadata: {annotations: {[KEY]: 'false'}}});
  await waitFor('everything to go', async () => Object.keys(await objectsOf(api, NAMESPACE, 'leaver')).length === 0);
  t.equal(await secretOf('leaver'), undefined);
  t.equal(await api.find(childPath('RoleBinding', NAMESPACE, 'kamaji-monitoring-issuer-leaver')), undefined);
  t.ok(await api.find(`${SECRETS}/leaver-ca`), 'Kamaji’s CA stays');
});

t.test('a deleted or damaged Secret is made anew at the next look, which a restart brings', async (t) => {
  await provide('deleted');
  await provide('edited');
  await waitForMonitor('deleted');
  const before = hashOf(await waitForMonitor('edited'));
  await api.delete(`${SECRETS}/deleted-monitoring-client`);
  await api.mergePatch(`${SECRETS}/edited-monitoring-client`, {
    data: {'tls.key': Buffer.from('broken').toString('base64')},
  });
  await restart(DEDICATED);
  await waitFor('a new Secret', async () => (await secretOf('deleted')) !== undefined);
  await waitFor('a new certificate', async () => hashOf(await monitorOf('edited')) !== before);
  t.match(decode(await secretOf('edited'), 'tls.key'), /^-----BEGIN PRIVATE KEY-----/);
});

t.test(
  'while it runs each Secret is looked at every five minutes, and renewed after two thirds of its life',
  async (t) => {
    await provide('aged');
    await waitForMonitor('aged');
    await controller.stop();
    const clock = heldClock();
    let today = new Date();
    const reasons: string[] = [];
    const connection = loadKubeConfig(
      await cluster.serviceAccountKubeconfig('kamaji-monitoring-system', 'kamaji-monitoring-controller'),
      clock,
    );
    t.teardown(() => connection.close());
    const certificates = createClientCertificates({
      client: createClient(connection),
      clock,
      today: () => today,
      onIssued: (_tcp, why) => reasons.push(why),
    });
    const tcp = cacheTenantControlPlane(await api.get(`${path}/aged`));
    const live = {...tcp, uid: tcp.uid ?? ''};

    t.match(await certificates.ensure(live), {state: 'ready', checkAgainMs: 300_000});
    await api.delete(`${SECRETS}/aged-monitoring-client`);
    await clock.advance(299_999);
    t.match(await certificates.ensure(live), {state: 'ready', checkAgainMs: 1});
    t.strictSame(reasons, [], 'until then nobody looks');
    await clock.advance(1);
    t.match(await certificates.ensure(live), {state: 'ready', checkAgainMs: 300_000});
    t.strictSame(reasons, ['there was none']);

    const {annotations} = (await certificates.ensure(live)).credential;
    today = new Date(today.getTime() + 60 * 86_400_000 + 60_000);
    const renewed = await certificates.ensure(live);
    t.strictSame(reasons, ['there was none', 'two thirds of its life are over']);
    t.not(
      renewed.credential.annotations['kamaji-monitoring.io/credential-not-after'],
      annotations['kamaji-monitoring.io/credential-not-after'],
    );
    controller = await startController(cluster, DEDICATED);
  },
);

t.test('switching the mode of a running fleet: the monitor follows the credential, then the old goes', async (t) => {
  await provide('switcher');
  const before = await waitForMonitor('switcher');
  const uid = stringAt(before, 'metadata', 'uid');
  const names = (monitor: unknown) => {
    const endpoints = dig(monitor, 'spec', 'endpoints');
    return stringAt(Array.isArray(endpoints) ? endpoints[0] : undefined, 'tlsConfig', 'keySecret', 'name');
  };
  t.equal(names(before), 'switcher-monitoring-client');

  await restart('credential: kubelet-client\n');
  await waitFor(
    'the guide’s credential',
    async () => names(await monitorOf('switcher')) === 'switcher-api-server-kubelet-client-certificate',
  );
  await waitFor('our Secret to go', async () => (await secretOf('switcher')) === undefined);
  await waitFor(
    'the issuer’s Role to go',
    async () => (await api.find(childPath('Role', NAMESPACE, 'kamaji-monitoring-issuer-switcher'))) === undefined,
  );
  t.equal(
    stringAt(await monitorOf('switcher'), 'metadata', 'annotations', 'kamaji-monitoring.io/credential-not-after'),
    undefined,
  );

  await restart(DEDICATED);
  await waitFor('our own again', async () => names(await monitorOf('switcher')) === 'switcher-monitoring-client');
  t.ok(await secretOf('switcher'), 'it was there before the monitor named it');
  t.equal(stringAt(await monitorOf('switcher'), 'metadata', 'uid'), uid, 'the monitor is the same object all the time');
});

t.test('no log line ever held a key', async (t) => {
  const log = await readFile(controller.logFile, 'utf8');
  t.match(log, /certificate issued/);
  t.notMatch(log, /PRIVATE KEY|LS0tLS1CRUdJTi/);
});
