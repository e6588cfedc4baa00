import t from 'tap';
import {stringAt} from '../../src/json.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {runTenantPods} from '../support/pods.ts';
import {installManifests, startController} from '../support/product.ts';
import {startPrometheus} from '../support/prometheus.ts';
import {startPrometheusOperator} from '../support/prometheus-operator.ts';
import {startTenant} from '../support/tenant.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

/** Shorter than the guide's, so that a scrape is not waited for longer than needed. */
const CONFIG = 'serviceMonitor: {interval: 2s, scrapeTimeout: 2s}\n';
const NAMESPACE = 'tenants';
const UP = 'up{cluster="charlie"}';

const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await installManifests(cluster);
await cluster.createNamespace(NAMESPACE);
await startPrometheusOperator(cluster);
const prometheus = await startPrometheus(cluster);
let controller = await startController(cluster, CONFIG);
const tenant = await startTenant(cluster, {name: 'charlie', namespace: NAMESPACE, replicas: 2, port: 30_001});
await api.create(tenantControlPlanesPath(NAMESPACE), tenantControlPlane('charlie', {port: 30_001}));
await (
  await playKamaji(api, {namespace: NAMESPACE, name: 'charlie', authority: tenant.authority, clientGroup: 'none'})
).provideAll(2);
await runTenantPods(api, NAMESPACE, 'charlie', tenant.addresses);

const upValues = async () => (await prometheus.query(UP)).map(({value}) => value);

t.test(
  'on today’s Kamaji every target of a new TCP is up, through the real operator and a real Prometheus',
  async (t) => {
    await waitFor('six targets to be up', async () => JSON.stringify(await upValues()) === '[1,1,1,1,1,1]', {
      timeoutMs: 60_000,
      everyMs: 250,
    });
    const up = await prometheus.query(UP);
    const found = up
      .map(({labels}) =>
        ['job', 'namespace', 'pod', 'service', 'instance'].map((label) => stringAt(labels, label)).join(' '),
      )
      .sort();
    const [first = '', second = ''] = tenant.addresses;
    t.strictSame(
      found,
      [
        ...[first, second].flatMap((address, index) => [
          `apiserver tenants charlie-${index} charlie-metrics ${address}:30001`,
          `kube-controller-manager tenants charlie-${index} charlie-metrics ${address}:10257`,
          `kube-scheduler tenants charlie-${index} charlie-metrics ${address}:10259`,
        ]),
      ].sort(),
    );
  },
);

t.test('the metrics are there, but for the buckets that the guide drops, whole numbers included', async (t) => {
  const count = async (selector: string) => (await prometheus.query(`count(${selector})`))[0]?.value ?? 0;
  t.ok((await count('apiserver_request_total{cluster="charlie"}')) > 0);
  t.ok((await count('workqueue_depth{cluster="charlie",job="kube-controller-manager"}')) > 0);
  t.ok((await count('scheduler_pending_pods{cluster="charlie",job="kube-scheduler"}')) > 0);
  const buckets = 'apiserver_request_duration_seconds_bucket{cluster="charlie",le=~';
  t.ok((await count(`${buckets}"0.1|1.0|5.0|10.0"}`)) > 0);
  t.equal(await count(`${buckets}"0.15|0.9|1.25|2.0|3.0|4.0|6.0|8.0|15.0|50.0"}`), 0);
});

t.test(
  'with the certificate that the guide names every target is refused: what the dedicated one is for',
  async (t) => {
    await controller.stop();
    controller = await startController(cluster, `credential: kubelet-client\n${CONFIG}`);
    await waitFor('six targets to be down', async () => JSON.stringify(await upValues()) === '[0,0,0,0,0,0]', {
      timeoutMs: 60_000,
      everyMs: 250,
    });
    for (const target of await prometheus.targets()) t.match(target, {health: 'down', lastError: /403 Forbidden/});
  },
);

t.test('and with ours again all are up', async (t) => {
  await controller.stop();
  controller = await startController(cluster, CONFIG);
  await waitFor('six targets to be up', async () => JSON.stringify(await upValues()) === '[1,1,1,1,1,1]', {
    timeoutMs: 60_000,
    everyMs: 250,
  });
  t.pass('up == 1');
});
