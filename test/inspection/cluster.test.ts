import t from 'tap';
import {readCluster} from '../../src/inspection/cluster.ts';
import {ConnectionError} from '../../src/kube/errors.ts';
import {fakeCluster} from '../support/fake-cluster.ts';
import {childrenOf, namespaceObject, prometheusObject, tenantObject} from '../support/monitored-cluster.ts';

const ALPHA = tenantObject('alpha');
const BETA = tenantObject('beta', 'others');
const rejection = (namespace: string, change: object = {}) => ({
  kind: 'Event',
  metadata: {namespace, name: 'x'},
  reason: 'InvalidConfiguration',
  involvedObject: {kind: 'ServiceMonitor', namespace, name: 'tcp'},
  message: 'rejected',
  ...change,
});

function whole() {
  return fakeCluster([
    ...[ALPHA, BETA].flatMap((tcp) => [tcp, ...childrenOf(tcp)]),
    namespaceObject('tenants', {team: 'a'}),
    namespaceObject('others'),
    prometheusObject(),
    {...prometheusObject('agent'), kind: 'PrometheusAgent'},
    {kind: 'Service', metadata: {namespace: 'tenants', name: 'of-somebody-else'}},
    {kind: 'EndpointSlice', metadata: {namespace: 'tenants', name: 'of-somebody-else'}},
    rejection('tenants'),
    rejection('others'),
    rejection('tenants', {reason: 'Other'}),
    rejection('tenants', {involvedObject: {kind: 'PodMonitor', namespace: 'tenants', name: 'tcp'}}),
  ]);
}

const names = (items: readonly {readonly name: string}[]) => items.map(({name}) => name);

t.test(
  'one reading has all TenantControlPlanes, what carries our label, and what the operator says of ServiceMonitors',
  async (t) => {
    const cluster = await readCluster(whole().client, undefined);
    t.strictSame(names(cluster.tenantControlPlanes.items), ['alpha', 'beta']);
    t.strictSame(names(cluster.children.Service.items), ['alpha-metrics', 'beta-metrics']);
    t.strictSame(names(cluster.children.Role.items), [
      'prometheus-secret-reader-alpha',
      'prometheus-secret-reader-beta',
    ]);
    t.strictSame(
      cluster.prometheuses.map(({kind, name}) => `${kind} ${name}`),
      ['Prometheus main', 'PrometheusAgent agent'],
    );
    t.equal(cluster.endpointSlices.items.length, 2);
    t.strictSame(
      cluster.operatorWords.map(({namespace, monitor, source}) => `${source} of ${namespace}/${monitor}`),
      ['event of tenants/tcp', 'event of others/tcp'],
    );
  },
);

t.test('the bindings of our ServiceMonitors are read with them', async (t) => {
  const fake = whole();
  const index = fake.objects.findIndex(({kind}) => kind === 'ServiceMonitor');
  const status = {bindings: [{conditions: [{type: 'Accepted', status: 'True'}]}]};
  fake.objects[index] = {...fake.objects[index], status};
  const {operatorWords} = await readCluster(fake.client, 'tenants');
  t.match(operatorWords, [{source: 'binding', said: 'accepted', monitor: 'kube-prometheus-stack-tcp-alpha'}, {}]);
});

t.test('of one namespace only what is in it is asked for, but Prometheus may be anywhere', async (t) => {
  const fake = whole();
  const cluster = await readCluster(fake.client, 'others');
  t.strictSame(names(cluster.tenantControlPlanes.items), ['beta']);
  t.strictSame(names(cluster.children.ServiceMonitor.items), ['kube-prometheus-stack-tcp-beta']);
  t.strictSame(fake.asked.toSorted(), [
    'list endpointslices in others',
    'list events in others',
    'list namespaces',
    'list prometheusagents',
    'list prometheuses',
    'list rolebindings in others',
    'list roles in others',
    'list servicemonitors in others',
    'list services in others',
    'list tenantcontrolplanes in others',
  ]);
});

t.test('what may not be seen is known to be hidden, and so is one of two kinds of Prometheus', async (t) => {
  const fake = whole();
  for (const plural of ['tenantcontrolplanes', 'roles', 'events', 'prometheusagents']) fake.refused.set(plural, 403);
  const cluster = await readCluster(fake.client, undefined);
  t.equal(cluster.tenantControlPlanes.state, 'forbidden');
  t.equal(cluster.children.Role.state, 'forbidden');
  t.equal(cluster.children.Service.state, 'listed');
  t.strictSame(cluster.operatorWords, []);
  t.strictSame(names(cluster.prometheuses), ['main']);
  t.equal(cluster.prometheusesHidden, true);
});

t.test('a cluster that does not know a kind of Prometheus hides none', async (t) => {
  const fake = whole();
  fake.refused.set('prometheusagents', 404);
  const {prometheuses, prometheusesHidden} = await readCluster(fake.client, undefined);
  t.strictSame(names(prometheuses), ['main']);
  t.equal(prometheusesHidden, false);
});

t.test('who may not list Namespaces but see their own gets its labels', async (t) => {
  const fake = whole();
  fake.refused.set('list namespaces', 403);
  const own = await readCluster(fake.client, 'tenants');
  t.strictSame(own.namespaces, {state: 'listed', items: [{key: 'tenants', labels: {team: 'a'}}]});
  t.match((await readCluster(fake.client, undefined)).namespaces, {state: 'forbidden'}, 'of all namespaces none');
  fake.refused.set('get namespaces', 403);
  t.match((await readCluster(fake.client, 'tenants')).namespaces, {state: 'forbidden'});
});

t.test('an API server that cannot be reached is an error', async (t) => {
  const fake = whole();
  fake.refused.set('list events', new ConnectionError('GET /x', new Error('socket hang up')));
  await t.rejects(readCluster(fake.client, undefined), {code: 'CLUSTER'});
});
