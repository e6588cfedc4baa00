import {styleText} from 'node:util';
import {dig, isObject, stringAt} from '../../src/json.ts';
import type {Component} from '../../src/monitoring/components.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import {enabledAnnotation} from '../../src/tenant-control-plane.ts';
import {playKamaji} from '../support/kamaji.ts';
import {type ManagementCluster, startManagementCluster} from '../support/management-cluster.ts';
import {childPath, KINDS, objectsOf, waitForObjects} from '../support/monitored.ts';
import type {KeyPair} from '../support/pki.ts';
import {runTenantPods} from '../support/pods.ts';
import {installManifests, startController, startWebhook, webhookCalls} from '../support/product.ts';
import {startTenant, type Tenant} from '../support/tenant.ts';
import {type ManifestOptions, tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';
import type {Screen} from './screen.ts';

const NAMESPACE = 'tenants';
const KEY = 'kamaji-monitoring.io/enabled';
const WEBHOOK_ENTRY = 'cluster.kamaji-monitoring.io';
const PATH = tenantControlPlanesPath(NAMESPACE);

/** The whole demo. The caller stops the cluster. */
export async function tellStory(screen: Screen): Promise<ManagementCluster> {
  const cluster = await screen.step('A management cluster: etcd, kube-apiserver, kube-controller-manager', () =>
    startManagementCluster({controllers: true}),
  );
  await cluster.createNamespace(NAMESPACE);
  const charlie = await screen.step(
    'A tenant control plane “charlie”: kube-apiserver, controller-manager, scheduler',
    () => startTenant(cluster, {name: 'charlie', namespace: NAMESPACE}),
  );
  await screen.step('kamaji-monitoring: manifests, webhook, controller with its own rights', async () => {
    await installManifests(cluster);
    await Promise.all([startWebhook(cluster), startController(cluster)]);
  });
  await createThree(cluster, screen);
  await becomeMonitored(cluster, charlie, screen);
  await repair(cluster, screen);
  await optOut(cluster, screen);
  await scrape(cluster, charlie, screen);
  return cluster;
}

async function createThree(cluster: ManagementCluster, screen: Screen): Promise<void> {
  screen.title('Three TenantControlPlanes are created, as people write them');
  const manifests: readonly (readonly [name: string, options: ManifestOptions])[] = [
    ['charlie', {}],
    ['delta', {port: 30_001}],
    ['echo', {annotations: {[KEY]: 'false'}}],
  ];
  for (const [name, options] of manifests) {
    const callsBefore = await webhookCalls(cluster, WEBHOOK_ENTRY);
    const value = enabledAnnotation(await cluster.api.create(PATH, tenantControlPlane(name, options)));
    const calls = (await webhookCalls(cluster, WEBHOOK_ENTRY)) - callsBefore;
    const before = options.annotations === undefined ? 'says nothing' : `says ${KEY}: "false"`;
    screen.line(name, `${before} → webhook calls: ${calls} → stored with ${KEY}: "${value}"`);
  }
}

async function becomeMonitored(cluster: ManagementCluster, charlie: Tenant, screen: Screen): Promise<void> {
  screen.title('Kamaji makes their certificates, the controller makes the rest');
  const {api} = cluster;
  for (const name of ['charlie', 'delta', 'echo']) {
    const kamaji = await playKamaji(api, {
      namespace: NAMESPACE,
      name,
      ...(name === 'charlie' && {authority: charlie.authority}),
      clientGroup: 'none',
    });
    await kamaji.provideService();
    await kamaji.provideAuthority();
    await kamaji.provideClientCertificate();
    const ms = name === 'echo' ? 0 : await waitForObjects(api, NAMESPACE, name);
    await kamaji.setStatus('Ready', 1);
    if (name === 'echo') continue;
    screen.line(name, `complete ${Math.round(ms)} ms after its certificate`);
    const objects = await objectsOf(api, NAMESPACE, name);
    screen.line(
      '',
      `  ${'Secret'.padEnd(15)}${name}-monitoring-client, a certificate that can read metrics and nothing else`,
    );
    for (const kind of KINDS) screen.line('', `  ${kind.padEnd(15)}${stringAt(objects[kind], 'metadata', 'name')}`);
  }
  const nothing = Object.keys(await objectsOf(api, NAMESPACE, 'echo')).length;
  screen.line('echo', nothing === 0 ? 'nothing: it opted out' : `${nothing} objects, which is wrong`);
}

async function repair({api}: ManagementCluster, screen: Screen): Promise<void> {
  screen.title('Somebody damages what was made');
  const service = childPath('Service', NAMESPACE, 'delta-metrics');
  await api.jsonPatch(service, [{op: 'replace', path: '/spec/ports/0/targetPort', value: 1}]);
  screen.line('Service', 'targetPort 30001 → 1');
  await timed(screen, 'Service', 'repaired', async () =>
    JSON.stringify(dig(await api.get(service), 'spec', 'ports')).includes('"targetPort":30001'),
  );
  const monitor = childPath('ServiceMonitor', NAMESPACE, 'kube-prometheus-stack-tcp-delta');
  await api.delete(monitor);
  screen.line('ServiceMonitor', 'deleted');
  await timed(screen, 'ServiceMonitor', 'back', async () => (await api.find(monitor)) !== undefined);
}

async function optOut({api}: ManagementCluster, screen: Screen): Promise<void> {
  screen.title('delta opts out');
  await api.mergePatch(`${PATH}/delta`, {metadata: {annotations: {[KEY]: 'false'}}});
  screen.line('delta', `${KEY}: "false"`);
  const ms = await waitForObjects(api, NAMESPACE, 'delta', []);
  screen.line('delta', `its objects are gone after ${Math.round(ms)} ms; Kamaji’s own are untouched`);
}

/** Does by hand what Prometheus does: finds the endpoints, takes the credential that the ServiceMonitor names, asks. */
async function scrape({api}: ManagementCluster, charlie: Tenant, screen: Screen): Promise<void> {
  screen.title('charlie’s metrics, scraped with what its ServiceMonitor names');
  await runTenantPods(api, NAMESPACE, 'charlie', charlie.addresses);
  const {ServiceMonitor} = await objectsOf(api, NAMESPACE, 'charlie');
  const client = await credentialOf(api, ServiceMonitor);
  const address = await waitFor('an EndpointSlice of the metrics Service', async () => {
    const selector = 'kubernetes.io/service-name=charlie-metrics';
    const [slice] = await api.list(
      `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices?labelSelector=${selector}`,
    );
    return firstAddress(slice);
  });
  for (const component of COMPONENTS) await scrapeOne(charlie, address, component, client, screen);
  const secretName = 'charlie-api-server-kubelet-client-certificate';
  const kamajis = await readPair(api, secretName, 'apiserver-kubelet-client.crt', 'apiserver-kubelet-client.key');
  const {status} = await charlie.scrape(address, 'kube-apiserver', kamajis);
  screen.line(
    styleText('red', String(status)),
    'kube-apiserver, with the certificate that Kamaji’s guide names: today’s Kamaji puts it in no group',
  );
}

async function scrapeOne(
  tenant: Tenant,
  address: string,
  component: Component,
  client: KeyPair,
  screen: Screen,
): Promise<void> {
  const {body} = await waitFor(`${component} to allow the scrape`, async () => {
    const answer = await tenant.scrape(address, component, client);
    return answer.status === 200 && answer;
  });
  const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  screen.line(styleText('green', '200'), `${component.padEnd(24)}${address}  ${samples} samples`);
}

/** The certificate and key of an endpoint's `tlsConfig`. */
async function credentialOf(api: ManagementCluster['api'], monitor: unknown): Promise<KeyPair> {
  const endpoints = dig(monitor, 'spec', 'endpoints');
  const tls = dig(Array.isArray(endpoints) ? endpoints[0] : undefined, 'tlsConfig');
  const name = stringAt(tls, 'keySecret', 'name') ?? '';
  return readPair(api, name, stringAt(tls, 'cert', 'secret', 'key') ?? '', stringAt(tls, 'keySecret', 'key') ?? '');
}

async function readPair(
  api: ManagementCluster['api'],
  name: string,
  certificateKey: string,
  privateKeyKey: string,
): Promise<KeyPair> {
  const secret = await api.get(`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`);
  const read = (key: string) => Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString();
  return {certificate: read(certificateKey), privateKey: read(privateKeyKey)};
}

function firstAddress(slice: unknown): string | undefined {
  const endpoints = dig(slice, 'endpoints');
  const [endpoint] = Array.isArray(endpoints) ? endpoints.filter(isObject) : [];
  const addresses = dig(endpoint, 'addresses');
  return Array.isArray(addresses) ? String(addresses[0]) : undefined;
}

async function timed(screen: Screen, what: string, done: string, probe: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  await waitFor(`${what} to be ${done}`, probe, {everyMs: 10});
  screen.line(what, `${done} after ${Math.round(performance.now() - startedAt)} ms`);
}
