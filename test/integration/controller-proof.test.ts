import {spawn} from 'node:child_process';
import {once} from 'node:events';
import t from 'tap';
import {stringAt} from '../../src/json.ts';
import {binary} from '../support/control-plane.ts';
import {FAST, startInstallation, waitForCodes} from '../support/installation.ts';
import {playKamaji} from '../support/kamaji.ts';
import {childPath} from '../support/monitored.ts';
import {runTenantPods} from '../support/pods.ts';
import {logLines} from '../support/product.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const NAMESPACE = 'tenants';
const installation = await startInstallation();
t.teardown(() => installation.cluster.stop());
const {cluster, prometheus} = installation;
const {api} = cluster;
await installation.reconfigure(`${FAST}prometheus: {url: "${prometheus.url}"}\n`);
const {tenant} = await installation.addTenant({name: 'charlie', namespace: NAMESPACE, aliases: ['wedged']});

async function metrics(): Promise<string> {
  const started = (await logLines(installation.controller().logFile)).find((line) => stringAt(line, 'healthAddress'));
  const response = await fetch(new URL('/metrics', stringAt(started, 'healthAddress')));
  return response.text();
}
const waitForMetric = (line: string, timeoutMs = 60_000) =>
  waitFor(line, async () => (await metrics()).split('\n').includes(line), {timeoutMs, everyMs: 500});
const labels = 'tcp_namespace="tenants",tcp_name="charlie"';

t.test('the controller knows that every target is up, and says so as metrics', async (t) => {
  for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    await waitForMetric(`kamaji_monitoring_tcp_targets{${labels},component="${component}",health="up"} 1`);
  }
  await waitForMetric('kamaji_monitoring_prometheus_reachable 1');
  await waitForMetric(`kamaji_monitoring_tcp_selected{${labels}} 1`);
  const text = await metrics();
  t.notMatch(text, /^kamaji_monitoring_tcp_problem\{/m, 'a healthy one has no problem');
  const [, end = ''] =
    /^kamaji_monitoring_tcp_credential_expiration_timestamp_seconds\{[^}]*\} (\S+)$/m.exec(text) ?? [];
  const days = (Number(end) - Date.now() / 1000) / 86_400;
  t.ok(days > 89 && days < 90.01, `its certificate ends in ${days.toFixed(2)} days`);
});

t.test('promtool finds nothing to say against these metrics', async (t) => {
  const promtool = spawn(binary('promtool'), ['check', 'metrics'], {stdio: ['pipe', 'pipe', 'pipe']});
  let said = '';
  for (const stream of [promtool.stdout, promtool.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  promtool.stdin.end(await metrics());
  const [code] = (await once(promtool, 'close')) as [number];
  t.equal(said, '');
  t.equal(code, 0);
});

t.test('the wedge: Prometheus lacks a scrape pool, and the controller makes it look again by itself', async (t) => {
  prometheus.holdCertificates();
  await api.create(tenantControlPlanesPath(NAMESPACE), tenantControlPlane('wedged'));
  await (await playKamaji(api, {namespace: NAMESPACE, name: 'wedged', authority: tenant.authority})).provideAll();
  await runTenantPods(api, NAMESPACE, 'wedged', tenant.addresses);
  await waitForCodes(installation, NAMESPACE, 'wedged', ['scrape-pool-missing']);
  await prometheus.releaseCertificates();
  await waitForMetric('kamaji_monitoring_discovery_nudges_total 1', 90_000);
  await waitForCodes(installation, NAMESPACE, 'wedged', []);
  const service = await api.get(childPath('Service', NAMESPACE, 'wedged-metrics'));
  t.ok(stringAt(service, 'metadata', 'labels', 'kamaji-monitoring.io/discovery-nudge'), 'by a label of its Service');
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/wedged`);
});

t.test('a component that stays down: a metric at once, an Event after a minute', async (t) => {
  await tenant.scheduler.kill('SIGKILL');
  await waitForMetric(`kamaji_monitoring_tcp_targets{${labels},component="kube-scheduler",health="down"} 1`);
  await waitForMetric(`kamaji_monitoring_tcp_problem{${labels},link="scrape",problem="connection-refused"} 1`);
  const events = async () =>
    (await api.list(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`)).filter(
      ({reason}) => reason === 'ConnectionRefused',
    );
  t.strictSame(await events(), []);
  const [event] = await waitFor('the Event', async () => (await events()).length > 0 && events(), {timeoutMs: 120_000});
  t.match(event, {
    type: 'Warning',
    regarding: {name: 'charlie'},
    note: /kube-scheduler refuses connections at .*Cure: /,
  });
  await tenant.startScheduler();
  await waitForMetric(`kamaji_monitoring_tcp_targets{${labels},component="kube-scheduler",health="up"} 1`);
});

t.test('Prometheus is away: what it said before counts no more', async (t) => {
  await prometheus.stop();
  await waitForMetric('kamaji_monitoring_prometheus_reachable 0');
  t.notMatch(await metrics(), /^kamaji_monitoring_tcp_targets\{/m);
});
