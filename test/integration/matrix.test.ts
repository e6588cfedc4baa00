import t from 'tap';
import {stringAt} from '../../src/json.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import {FAST, startInstallation, waitForCodes} from '../support/installation.ts';
import {type ClientGroup, playKamaji} from '../support/kamaji.ts';
import {childPath} from '../support/monitored.ts';
import {createAuthority, type KeyPair} from '../support/pki.ts';
import {waitFor} from '../support/wait.ts';

const NAME = 'charlie';
/** Two TenantControlPlanes of one name; the second listens where people make it listen. */
const PLACES = [
  {namespace: 'one', port: 6443},
  {namespace: 'two', port: 30_001},
] as const;
const KUBELET_CLIENT = `credential: kubelet-client\n${FAST}`;

const installation = await startInstallation();
t.teardown(() => installation.cluster.stop());
const {cluster, prometheus, reconfigure} = installation;
const {api} = cluster;
const running = [
  await installation.addTenant({name: NAME, replicas: 2, ...PLACES[0]}),
  await installation.addTenant({name: NAME, replicas: 2, ...PLACES[1]}),
];

const upOf = async (namespace: string) =>
  (await prometheus.query(`up{namespace="${namespace}"}`)).map(({value}) => value).join('');
const becomes = (namespace: string, up: string) =>
  waitFor(`up of the six targets in ${namespace} to be ${up}`, async () => (await upOf(namespace)) === up, {
    timeoutMs: 60_000,
    everyMs: 250,
  });
const allUp = (namespace: string) => becomes(namespace, '111111');
const allDown = (namespace: string) => becomes(namespace, '000000');
const says = async (codes: readonly string[]) => {
  for (const {namespace} of PLACES) await waitForCodes(installation, namespace, NAME, codes);
};
/** Kamaji's certificate anew, in another group. */
async function reissue(clientGroup: ClientGroup): Promise<void> {
  for (const {tenant} of running) {
    const {namespace, authority} = tenant;
    await (await playKamaji(api, {namespace, name: NAME, authority, clientGroup})).provideClientCertificate();
  }
}
const monitorHash = async (namespace: string) =>
  stringAt(
    await api.get(childPath('ServiceMonitor', namespace, `kube-prometheus-stack-tcp-${NAME}`)),
    'metadata',
    'labels',
    'kamaji-monitoring.io/credential-hash',
  );

t.test('every target of both is up, told apart by namespace, with the labels that dashboards read', async (t) => {
  for (const [index, {namespace, port}] of PLACES.entries()) {
    await allUp(namespace);
    const found = (await prometheus.query(`up{namespace="${namespace}"}`))
      .map(({labels}) =>
        ['cluster', 'job', 'namespace', 'pod', 'service', 'instance'].map((label) => stringAt(labels, label)).join(' '),
      )
      .sort();
    const expected = (running[index]?.tenant.addresses ?? []).flatMap((address, replica) => [
      `charlie apiserver ${namespace} charlie-${replica} charlie-metrics ${address}:${port}`,
      `charlie kube-controller-manager ${namespace} charlie-${replica} charlie-metrics ${address}:10257`,
      `charlie kube-scheduler ${namespace} charlie-${replica} charlie-metrics ${address}:10259`,
    ]);
    t.strictSame(found, expected.sort());
  }
  await says([]);
});

t.test('the metrics are there, but for the buckets that the guide drops, whole numbers included', async (t) => {
  const count = async (selector: string) => (await prometheus.query(`count(${selector})`))[0]?.value ?? 0;
  t.ok((await count('apiserver_request_total{namespace="one",job="apiserver"}')) > 0);
  t.ok((await count('workqueue_depth{namespace="one",job="kube-controller-manager"}')) > 0);
  t.ok((await count('scheduler_pending_pods{namespace="one",job="kube-scheduler"}')) > 0);
  const buckets = 'apiserver_request_duration_seconds_bucket{namespace="one",le=~';
  t.ok((await count(`${buckets}"0.1|1.0|5.0|10.0"}`)) > 0);
  t.equal(await count(`${buckets}"0.15|0.9|1.25|2.0|3.0|4.0|6.0|8.0|15.0|50.0"}`), 0);
});

for (const clientGroup of ['none', 'kubeadm:cluster-admins', 'system:masters'] as const) {
  t.test(`dedicated, Kamaji’s certificate in ${clientGroup}: up`, async (t) => {
    await reissue(clientGroup);
    await says([]);
    for (const {namespace} of PLACES) t.equal(await upOf(namespace), '111111');
  });
}

t.test('kubelet-client, in no group: diagnosed, not up', async (t) => {
  await reissue('none');
  await reconfigure(KUBELET_CLIENT);
  await says(['kubelet-client-forbidden']);
  for (const {namespace} of PLACES) await allDown(namespace);
  t.pass();
});

t.test('kubelet-client, in kubeadm:cluster-admins without its binding: diagnosed, not up', async (t) => {
  await reissue('kubeadm:cluster-admins');
  await says(['kubelet-client-forbidden']);
  for (const {namespace} of PLACES) await allDown(namespace);
  t.pass();
});

t.test('kubelet-client, in kubeadm:cluster-admins with its binding: up', async (t) => {
  for (const {tenant} of running) await tenant.bindClusterAdmins();
  for (const {namespace} of PLACES) await allUp(namespace);
  await says([]);
  t.pass();
});

t.test('kubelet-client, in system:masters: up', async (t) => {
  await reissue('system:masters');
  await says([]);
  for (const {namespace} of PLACES) await allUp(namespace);
  t.pass();
});

/** Does something to the credential while it is scraped. Gives the most failed scrapes of any of the twelve targets. */
async function mostLost(change: () => Promise<void>): Promise<number> {
  for (const {namespace} of PLACES) await allUp(namespace);
  const since = performance.now();
  const before = await Promise.all(PLACES.map(({namespace}) => monitorHash(namespace)));
  await change();
  for (const [index, {namespace}] of PLACES.entries()) {
    await waitFor('the label to change', async () => (await monitorHash(namespace)) !== before[index]);
  }
  // As long as a change may take to arrive, and the delayed removal of what was there before.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  for (const {namespace} of PLACES) await allUp(namespace);
  const failed = await Promise.all(
    PLACES.map(({namespace}) => prometheus.failedScrapes(`namespace="${namespace}"`, since)),
  );
  const counts = failed.flatMap((byInstance) => Object.values(byInstance));
  if (counts.length !== 12) throw new Error(`${counts.length} targets instead of 12`);
  return Math.max(...counts);
}

t.test('Kamaji’s certificate is rotated while it is scraped: at most one failed scrape per target', async (t) => {
  t.ok((await mostLost(() => reissue('system:masters'))) <= 1, 'one at most');
});

t.test('from kubelet-client to dedicated on a running fleet: at most one failed scrape per target', async (t) => {
  t.ok((await mostLost(() => reconfigure(FAST))) <= 1, 'one at most');
});

t.test('ours is renewed while it is scraped: at most one failed scrape per target', async (t) => {
  const lost = await mostLost(async () => {
    for (const {namespace} of PLACES) {
      // Of another CA, it seems: at its next look, which a restart brings, the controller issues another one.
      await api.mergePatch(`/api/v1/namespaces/${namespace}/secrets/${NAME}-monitoring-client`, {
        metadata: {annotations: {'kamaji-monitoring.io/certificate-authority-checksum': 'another'}},
      });
    }
    await reconfigure(FAST);
  });
  t.ok(lost <= 1, 'one at most');
});

t.test('from dedicated to kubelet-client and back: at most one failed scrape per target', async (t) => {
  t.ok((await mostLost(() => reconfigure(KUBELET_CLIENT))) <= 1, 'one at most');
  const secret = await api.find(`/api/v1/namespaces/one/secrets/${NAME}-monitoring-client`);
  t.equal(secret, undefined, 'and our own Secret is gone by now');
  t.ok((await mostLost(() => reconfigure(FAST))) <= 1, 'one at most');
});

t.test('the CA is rotated: no scrape fails beyond those of a probe that changes its certificate at once', async (t) => {
  const [first] = running;
  if (first === undefined) throw new Error('no tenant');
  const {tenant, kamaji} = first;
  const {namespace} = tenant;
  const before = await monitorHash(namespace);
  const authority = await createAuthority('kubernetes', 'rsa');
  const client = await authority.issue({
    commonName: 'probe',
    organizations: ['system:monitoring'],
    usage: 'client',
  });
  const since = performance.now();
  const probe = probing(tenant, client);
  await kamaji.provideAuthority(authority);
  const provided = performance.now();
  await waitFor('another hash', async () => (await monitorHash(namespace)) !== before, {everyMs: 20});
  const took = Math.round(performance.now() - provided);
  t.ok(took < 3000, `the new certificate and its label after ${took} ms`);
  await tenant.rotate(authority);
  await allUp(namespace);
  const probed = await probe.stop();
  const failed = await prometheus.failedScrapes(`namespace="${namespace}"`, since);
  for (const [instance, count] of Object.entries(failed)) {
    // Both scrape once a second, but not at the same moment: one more or less is where the window falls.
    t.ok(count <= (probed[instance] ?? 0) + 1, `${instance}: ${count} failed, the probe's ${probed[instance]}`);
  }
  await waitForCodes(installation, namespace, NAME, []);
});

/** Scrapes every target once a second with a certificate of the new CA, and counts what fails. */
function probing(tenant: (typeof running)[number]['tenant'], client: KeyPair) {
  const failed: Record<string, number> = {};
  const ports = {'kube-apiserver': tenant.port, 'kube-controller-manager': 10_257, 'kube-scheduler': 10_259};
  const targets = tenant.addresses.flatMap((address) => COMPONENTS.map((component) => ({address, component})));
  const scrape = async ({address, component}: (typeof targets)[number]) => {
    const instance = `${address}:${ports[component]}`;
    const status = await tenant.scrape(address, component, client).then(
      (answer) => answer.status,
      () => 0,
    );
    failed[instance] = (failed[instance] ?? 0) + (status === 200 ? 0 : 1);
  };
  let stopped = false;
  const loops = targets.map(async (target) => {
    while (!stopped) {
      const next = new Promise((resolve) => setTimeout(resolve, 1000));
      await scrape(target);
      await next;
    }
  });
  return {
    async stop(): Promise<Readonly<Record<string, number>>> {
      stopped = true;
      await Promise.all(loops);
      return failed;
    },
  };
}
