import {styleText} from 'node:util';
import {status} from '../../src/commands/status.ts';
import {dig, stringAt} from '../../src/json.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import {enabledAnnotation} from '../../src/tenant-control-plane.ts';
import {runCommand} from '../support/command.ts';
import {playKamaji} from '../support/kamaji.ts';
import {type ManagementCluster, startManagementCluster} from '../support/management-cluster.ts';
import {childPath, KINDS, objectsOf, waitForObjects} from '../support/monitored.ts';
import type {KeyPair} from '../support/pki.ts';
import {runTenantPods} from '../support/pods.ts';
import {installManifests, startController, startWebhook, webhookCalls} from '../support/product.ts';
import {type Prometheus, startPrometheus} from '../support/prometheus.ts';
import {startPrometheusOperator} from '../support/prometheus-operator.ts';
import {startTenant, type Tenant} from '../support/tenant.ts';
import {type ManifestOptions, tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';
import type {Screen} from './screen.ts';

const NAMESPACE = 'tenants';
const KEY = 'kamaji-monitoring.io/enabled';
const WEBHOOK_ENTRY = 'cluster.kamaji-monitoring.io';
const PATH = tenantControlPlanesPath(NAMESPACE);
/** The guide's 15 s would only make the demo longer. */
const CONFIG = 'serviceMonitor: {interval: 3s, scrapeTimeout: 3s}\n';

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
  const prometheus = await screen.step(
    'prometheus-operator, and a Prometheus as kube-prometheus-stack has it',
    async () => {
      await startPrometheusOperator(cluster);
      return startPrometheus(cluster);
    },
  );
  await screen.step('kamaji-monitoring: manifests, webhook, controller with its own rights', async () => {
    await installManifests(cluster);
    await Promise.all([startWebhook(cluster), startController(cluster, CONFIG)]);
  });
  await createThree(cluster, screen);
  await becomeMonitored(cluster, charlie, screen);
  await repair(cluster, screen);
  await optOut(cluster, screen);
  await prove(cluster, prometheus, charlie, screen);
  await explainBroken(cluster, charlie, screen);
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

/** Prometheus' own answer. */
async function prove({api}: ManagementCluster, prometheus: Prometheus, charlie: Tenant, screen: Screen): Promise<void> {
  screen.title('The proof: Prometheus’ own answer for charlie');
  await runTenantPods(api, NAMESPACE, 'charlie', charlie.addresses);
  const up = await screen.step('prometheus-operator configures it, Prometheus finds and scrapes it', () =>
    waitFor(
      'three targets to be up',
      async () => {
        const samples = await prometheus.query('up{cluster="charlie"}');
        return samples.filter(({value}) => value === 1).length === COMPONENTS.length && samples;
      },
      {timeoutMs: 60_000},
    ),
  );
  for (const {labels, value} of up) {
    const [job, instance] = [stringAt(labels, 'job') ?? '', stringAt(labels, 'instance') ?? ''];
    const [scraped] = await prometheus.query(`scrape_samples_scraped{instance="${instance}",cluster="charlie"}`);
    screen.line(
      styleText('green', `up == ${value}`),
      `${`{cluster="charlie", job="${job}"}`.padEnd(54)}${scraped?.value} samples from ${instance}`,
    );
  }
  const kamajis = await readPair(api, 'charlie-api-server-kubelet-client-certificate', 'apiserver-kubelet-client');
  const {status: refused} = await charlie.scrape(charlie.addresses[0] ?? '', 'kube-apiserver', kamajis);
  screen.line(
    styleText('red', String(refused)),
    'with the certificate that Kamaji’s guide names: today’s Kamaji puts it in no group',
  );
}

/** Breaks one component and lets `status` say what it is. */
async function explainBroken(cluster: ManagementCluster, charlie: Tenant, screen: Screen): Promise<void> {
  const {controlPlane} = cluster;
  screen.title('charlie’s scheduler dies: which link is broken, and the cure');
  const kubeconfig = await controlPlane.writeKubeconfig('person', controlPlane.adminIdentity.user);
  const ask = () => runCommand(status, ['-n', NAMESPACE, '--kubeconfig', kubeconfig]);
  await charlie.scheduler.kill('SIGKILL');
  const {stdout} = await screen.step('a failed scrape later', () =>
    waitFor(
      'status to see it',
      async () => {
        const ran = await ask();
        return ran.stdout.includes('connection-refused') && ran;
      },
      {timeoutMs: 60_000, everyMs: 250},
    ),
  );
  screen.line('$', `kamaji-monitoring status -n ${NAMESPACE}`);
  for (const line of stdout.trimEnd().split('\n')) screen.text(line);
}

async function readPair(api: ManagementCluster['api'], name: string, key: string): Promise<KeyPair> {
  const secret = await api.get(`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`);
  const read = (file: string) => Buffer.from(stringAt(secret, 'data', file) ?? '', 'base64').toString();
  return {certificate: read(`${key}.crt`), privateKey: read(`${key}.key`)};
}

async function timed(screen: Screen, what: string, done: string, probe: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  await waitFor(`${what} to be ${done}`, probe, {everyMs: 10});
  screen.line(what, `${done} after ${Math.round(performance.now() - startedAt)} ms`);
}
