import {join} from 'node:path';
import t from 'tap';
import {FAST, startInstallation, waitForCodes} from '../../support/installation.ts';
import {playKamaji} from '../../support/kamaji.ts';
import {childPath} from '../../support/monitored.ts';
import {PROMETHEUS, PROMETHEUSES} from '../../support/prometheus.ts';
import {MONITORING_NAMESPACE} from '../../support/prometheus-operator.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../support/tenant-control-plane.ts';
import {waitFor} from '../../support/wait.ts';

const NAMESPACE = 'tenants';
const OBJECT = `${PROMETHEUSES}/${PROMETHEUS}`;
const MONITOR = childPath('ServiceMonitor', NAMESPACE, 'kube-prometheus-stack-tcp-charlie');
const GUIDE = {matchLabels: {release: 'kube-prometheus-stack'}};

const installation = await startInstallation();
t.teardown(() => installation.cluster.stop());
const {cluster, reconfigure} = installation;
const {api} = cluster;
await installation.addTenant({name: 'charlie', namespace: NAMESPACE});
const says = async (codes: readonly string[], flags: readonly string[] = []) =>
  waitForCodes(installation, NAMESPACE, 'charlie', codes, {flags});
const select = (serviceMonitorSelector: object) =>
  api.jsonPatch(OBJECT, [{op: 'add', path: '/spec/serviceMonitorSelector', value: serviceMonitorSelector}]);
const selectNamespaces = (serviceMonitorNamespaceSelector: object) =>
  api.jsonPatch(OBJECT, [
    {op: 'add', path: '/spec/serviceMonitorNamespaceSelector', value: serviceMonitorNamespaceSelector},
  ]);
const events = async (reason: string) =>
  (await api.list(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`)).filter((event) => event.reason === reason);

t.test('a healthy installation: nothing', async (t) => {
  await says([]);
  t.pass('healthy');
});

t.test('another selector is followed, and what was found before is taken off', async (t) => {
  await select({
    matchLabels: {team: 'sre'},
    matchExpressions: [{key: 'tier', operator: 'In', values: ['gold', 'silver']}],
  });
  await waitFor('the labels', async () => JSON.stringify(await api.get(MONITOR)).includes('"tier":"gold"'));
  t.match(await api.get(MONITOR), {
    metadata: {
      labels: {team: 'sre', tier: 'gold'},
      annotations: {'kamaji-monitoring.io/selection-labels': 'team=sre,tier=gold'},
    },
  });
  await says([]);
  await select(GUIDE);
  await waitFor('the labels', async () => !JSON.stringify(await api.get(MONITOR)).includes('"tier"'));
  await says([]);
});

t.test('labels in the configuration that no Prometheus asks for: labels-not-selected, also as an Event', async (t) => {
  await reconfigure('serviceMonitor: {labels: {release: other}, interval: 1s, scrapeTimeout: 1s}\n');
  await says(['labels-not-selected']);
  const [event] = await waitFor('the Event', async () => {
    const found = await events('LabelsNotSelected');
    return found.length > 0 && found;
  });
  t.match(event, {
    type: 'Warning',
    regarding: {kind: 'TenantControlPlane', name: 'charlie', namespace: NAMESPACE},
    reportingController: 'kamaji-monitoring.io/controller',
    note: /does not select ServiceMonitor .* asks for release=kube-prometheus-stack\. Cure: /,
  });
  await reconfigure(FAST);
  await says([]);
});

t.test('a namespace that no Prometheus reads: namespace-not-selected', async (t) => {
  await selectNamespaces({matchLabels: {monitored: 'yes'}});
  await says(['namespace-not-selected']);
  await api.mergePatch(`/api/v1/namespaces/${NAMESPACE}`, {metadata: {labels: {monitored: 'yes'}}});
  await says([]);
  await selectNamespaces({});
  t.pass('and the label is the cure');
});

t.test('a selector that contradicts our own labels: selector-unsatisfiable', async (t) => {
  await select({matchLabels: {'app.kubernetes.io/managed-by': 'Helm'}});
  await says(['selector-unsatisfiable']);
  await select(GUIDE);
  await says([]);
  t.pass();
});

t.test('two that ask for different labels: selection-ambiguous, and a name in the configuration decides', async (t) => {
  await api.create(PROMETHEUSES, {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: {name: 'other'},
    spec: {
      serviceMonitorSelector: {matchLabels: {team: 'y'}},
      serviceMonitorNamespaceSelector: {},
      paused: false,
      replicas: 0,
    },
  });
  await says([]);
  await select({matchLabels: {team: 'x'}});
  await says(['selection-ambiguous']);
  await reconfigure(`${FAST}prometheus: {namespace: ${MONITORING_NAMESPACE}, name: ${PROMETHEUS}}\n`);
  await says([]);
  t.match(await api.get(MONITOR), {metadata: {labels: {team: 'x'}}});
});

t.test('a configuration that names a Prometheus that is not there: chosen-prometheus-missing', async (t) => {
  await api.delete(`${PROMETHEUSES}/other`);
  await reconfigure(`${FAST}prometheus: {namespace: ${MONITORING_NAMESPACE}, name: none}\n`);
  await select(GUIDE);
  await says(['chosen-prometheus-missing'], ['--config', join(cluster.folder, 'config.yaml')]);
  await reconfigure(FAST);
  await says([]);
  t.pass();
});

t.test('a paused Prometheus scrapes on, but takes nothing new: prometheus-idle', async (t) => {
  await api.mergePatch(OBJECT, {spec: {paused: true}});
  await api.create(tenantControlPlanesPath(NAMESPACE), tenantControlPlane('late'));
  await (await playKamaji(api, {namespace: NAMESPACE, name: 'late'})).provideAll();
  await waitForCodes(installation, NAMESPACE, 'late', ['prometheus-idle']);
  await says([]);
  await api.mergePatch(OBJECT, {spec: {paused: false}});
  await api.delete(`${tenantControlPlanesPath(NAMESPACE)}/late`);
  t.pass();
});

t.test('no Prometheus at all: no-prometheus, and the labels stay as they are', async (t) => {
  const before = await api.get(OBJECT);
  await api.delete(OBJECT);
  await says(['no-prometheus']);
  t.match(await api.get(MONITOR), {metadata: {labels: {release: 'kube-prometheus-stack'}}});
  t.ok(before);
});
