import t from 'tap';
import {parsePrometheus} from '../../src/prometheus/instance.ts';
import {prometheus} from '../support/prometheus-object.ts';

t.test('an object that says nothing has the defaults of prometheus-operator', async (t) => {
  t.strictSame(parsePrometheus('Prometheus', {metadata: {namespace: 'monitoring', name: 'main'}}), {
    kind: 'Prometheus',
    namespace: 'monitoring',
    name: 'main',
    idle: undefined,
    monitors: undefined,
    namespaces: undefined,
    serviceAccount: 'default',
    shards: 1,
    routePrefix: '',
    https: false,
    discoveryRole: 'Endpoints',
    enforced: {
      sampleLimit: undefined,
      targetLimit: undefined,
      labelLimit: undefined,
      bodySizeLimit: undefined,
      namespaceLabel: undefined,
    },
    notReconciled: undefined,
  });
});

t.test('an object of kube-prometheus-stack', async (t) => {
  const object = {
    metadata: {namespace: 'monitoring-system', name: 'kube-prometheus-stack-prometheus'},
    spec: {
      serviceMonitorSelector: {matchLabels: {release: 'kube-prometheus-stack'}},
      serviceMonitorNamespaceSelector: {},
      serviceAccountName: 'kube-prometheus-stack-prometheus',
      shards: 2,
      externalUrl: 'https://example.org/prometheus/',
      web: {tlsConfig: {cert: {}}},
      serviceDiscoveryRole: 'EndpointSlice',
      enforcedSampleLimit: 20_000,
      enforcedBodySizeLimit: '10MB',
      enforcedNamespaceLabel: 'namespace',
    },
    status: {conditions: [{type: 'Reconciled', status: 'True'}]},
  };
  t.match(parsePrometheus('Prometheus', object), {
    idle: undefined,
    monitors: {requirements: [{key: 'release', operator: 'In', values: ['kube-prometheus-stack']}]},
    namespaces: {requirements: []},
    serviceAccount: 'kube-prometheus-stack-prometheus',
    shards: 2,
    routePrefix: '/prometheus',
    https: true,
    discoveryRole: 'EndpointSlice',
    enforced: {sampleLimit: 20_000, targetLimit: undefined, bodySizeLimit: '10MB', namespaceLabel: 'namespace'},
    notReconciled: undefined,
  });
});

t.test('null selectors stay apart from empty ones', async (t) => {
  const {monitors, namespaces} = prometheus('main', {
    serviceMonitorSelector: null,
    serviceMonitorNamespaceSelector: null,
  });
  t.strictSame([monitors, namespaces], [undefined, undefined]);
});

const idle: readonly (readonly [title: string, object: object, why: RegExp | undefined])[] = [
  ['paused', {spec: {paused: true}}, /paused/],
  ['not paused', {spec: {paused: false}}, undefined],
  ['paused by a text, which the CRD refuses', {spec: {paused: 'true'}}, undefined],
  ['being deleted', {metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}}, /deleted/],
  ['an agent in DaemonSet mode', {spec: {mode: 'DaemonSet'}}, /DaemonSet/],
  ['an agent in StatefulSet mode', {spec: {mode: 'StatefulSet'}}, undefined],
];
for (const [title, object, why] of idle) {
  t.test(`${title}: ${why === undefined ? 'reads ServiceMonitors' : 'idle'}`, async (t) => {
    const found = parsePrometheus('PrometheusAgent', object).idle;
    if (why === undefined) t.equal(found, undefined);
    else t.match(found, why);
  });
}

const prefixes: readonly (readonly [spec: object, prefix: string])[] = [
  [{}, ''],
  [{routePrefix: '/'}, ''],
  [{routePrefix: '/prom'}, '/prom'],
  [{routePrefix: '/prom/'}, '/prom'],
  [{externalUrl: 'https://example.org'}, ''],
  [{externalUrl: 'https://example.org/a/b/'}, '/a/b'],
  [{externalUrl: 'https://example.org/a', routePrefix: '/'}, ''],
  [{externalUrl: 'no URL'}, ''],
];
for (const [spec, prefix] of prefixes) {
  t.equal(prometheus('main', spec).routePrefix, prefix, `the API of ${JSON.stringify(spec)} is below "${prefix}"`);
}

t.test('why the operator could not reconcile it, in its own words where it has some', async (t) => {
  const of = (...conditions: readonly object[]) => parsePrometheus('Prometheus', {status: {conditions}}).notReconciled;
  const failed = {type: 'Reconciled', status: 'False'};
  t.equal(of({...failed, reason: 'ReconciliationFailed', message: 'no such Secret'}), 'no such Secret');
  t.equal(of({...failed, reason: 'ReconciliationFailed', message: ''}), 'ReconciliationFailed');
  t.equal(of(failed), 'no reason given');
  t.equal(of({type: 'Available', status: 'False', message: 'no pod'}), undefined, 'of no account here');
  t.equal(of({type: 'Reconciled', status: 'True', message: 'fine'}), undefined);
});

t.test('of what is no object nothing is made up', async (t) => {
  for (const object of [undefined, null, 1, 'x', [], {spec: null}, {spec: [], status: {conditions: {}}}])
    t.match(parsePrometheus('Prometheus', object), {namespace: '', name: '', monitors: undefined, idle: undefined});
});
