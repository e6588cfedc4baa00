import t from 'tap';
import {readCluster} from '../../src/inspection/cluster.ts';
import {type Inspected, inspectFleet} from '../../src/inspection/fleet.ts';
import {sourceOf} from '../../src/inspection/prometheus-source.ts';
import type {JsonObject} from '../../src/json.ts';
import type {RawAnswer} from '../../src/kube/client.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {CONFIG, each, NOW} from '../support/evidence.ts';
import {answer, type FakeCluster, fakeCluster} from '../support/fake-cluster.ts';
import {
  allUp,
  childrenOf,
  endpointSlice,
  namespaceObject,
  operatedService,
  prometheusObject,
  tenantObject,
} from '../support/monitored-cluster.ts';

const ALPHA = tenantObject('alpha');
const MONITOR = 'kube-prometheus-stack-tcp-alpha';

/** A cluster in which all is well and known. */
function healthy(tenants: readonly JsonObject[] = [ALPHA]): FakeCluster {
  const cluster = fakeCluster([
    ...tenants.flatMap((tenant) => [tenant, ...childrenOf(tenant)]),
    namespaceObject('tenants'),
    prometheusObject(),
    operatedService(),
  ]);
  cluster.answer = allUp(tenants);
  return cluster;
}

async function inspect({client}: FakeCluster, namespace?: string): Promise<readonly Inspected[]> {
  const cluster = await readCluster(client, namespace);
  const prometheus = await sourceOf({client, cluster, config: CONFIG.prometheus, url: undefined});
  return inspectFleet({client, cluster, config: CONFIG, isConfigKnown: true, prometheus, now: NOW});
}

async function inspectOne(cluster: FakeCluster): Promise<Inspected & {readonly codes: readonly string[]}> {
  const [first] = await inspect(cluster);
  if (first === undefined) throw new Error('no TenantControlPlane');
  return {...first, codes: first.findings.map(({code}) => code)};
}

/** Prometheus scrapes nothing of ours. */
function unscraped(tenants?: readonly JsonObject[]): FakeCluster {
  const cluster = healthy(tenants);
  cluster.answer = allUp([]);
  return cluster;
}

/** A querier, which knows no scrape pools, to which one target of `tenants/alpha` is known, and down. */
function oneDown(path: string): RawAnswer {
  if (!path.includes('/api/v1/query?')) return answer({}, 404);
  const metric = {namespace: 'tenants', service: 'alpha-metrics', endpoint: 'kube-scheduler-metrics'};
  const value = [0, path.includes('query=count') ? '1' : '0'];
  return answer({status: 'success', data: {result: [{metric, value}]}});
}

const rejected = (message: string, namespace = 'tenants', name = MONITOR): JsonObject => ({
  kind: 'Event',
  metadata: {namespace, name: 'x', creationTimestamp: new Date(NOW.getTime() - 60_000).toISOString()},
  reason: 'InvalidConfiguration',
  involvedObject: {kind: 'ServiceMonitor', namespace, name},
  message,
});
const SECRET_MISSING = 'secrets "alpha-monitoring-client" not found';
const SECRET = {kind: 'Secret', metadata: {namespace: 'tenants', name: 'alpha-monitoring-client'}};

t.test('a healthy TenantControlPlane: all is known, and nothing is wrong', async (t) => {
  const {evidence, codes} = await inspectOne(healthy());
  t.strictSame(codes, []);
  t.match(evidence, {
    decision: {monitored: true, reason: 'policy-opt-out'},
    objects: {missing: [], differing: [], monitor: {name: MONITOR}, credential: {isSecretThere: undefined}},
    selection: {selectedBy: [{name: 'main'}], choice: {source: 'found'}},
    acceptance: {verdict: 'silent'},
    discovery: {forbidden: undefined, endpoints: each(1)},
    prometheus: {state: 'asked', components: each({up: 1, down: 0})},
  });
  t.equal(evidence.now, NOW);
});

const HIDDEN: readonly (readonly [plural: string, evidence: object])[] = [
  ['namespaces', {}],
  ['roles', {objects: {missing: []}}],
  ['rolebindings', {objects: {missing: []}}],
  ['services', {prometheus: {state: 'not-asked', why: /may not list Services in the namespace monitoring/}}],
  ['servicemonitors', {objects: {missing: [], monitor: undefined}}],
  ['prometheuses', {selection: undefined}],
  ['prometheusagents', {selection: undefined}],
  ['endpointslices', {discovery: undefined}],
  ['events', {acceptance: {verdict: 'silent'}}],
  ['subjectaccessreviews', {discovery: {forbidden: undefined}}],
  ['secrets', {objects: {credential: {isSecretThere: undefined}}}],
];
for (const [plural, known] of HIDDEN) {
  t.test(`what may not be seen is not judged: ${plural}`, async (t) => {
    const cluster = healthy();
    cluster.refused.set(plural, 403);
    const {evidence, codes} = await inspectOne(cluster);
    t.match(evidence, known);
    t.strictSame(codes, []);
  });
}

t.test('what may not be seen is not judged: nothing at all may be', async (t) => {
  const cluster = healthy();
  for (const [plural] of HIDDEN) cluster.refused.set(plural, 403);
  t.strictSame((await inspectOne(cluster)).codes, []);
});

t.test('where Namespaces may not be seen, nobody knows who selects by their labels', async (t) => {
  const selecting = (serviceMonitorNamespaceSelector: object | null, ...others: readonly JsonObject[]) => {
    const cluster = healthy();
    cluster.objects.push(...others);
    cluster.objects.splice(
      cluster.objects.findIndex(({kind}) => kind === 'Prometheus'),
      1,
      prometheusObject('main', {serviceMonitorNamespaceSelector}),
    );
    cluster.refused.set('namespaces', 403);
    return inspectOne(cluster);
  };
  const byLabel = await selecting({matchLabels: {team: 'a'}});
  t.equal(byLabel.evidence.selection, undefined);
  t.strictSame(byLabel.codes, []);
  const beside = await selecting({matchLabels: {team: 'a'}}, prometheusObject('other', {paused: true}));
  t.equal(beside.evidence.selection, undefined, 'one of several is enough');
  const every = await selecting({});
  t.match(every.evidence.selection, {selectedBy: [{name: 'main'}]}, 'one that takes every namespace takes this one');
  const own = await selecting(null);
  t.strictSame(own.codes, ['namespace-not-selected'], 'one that takes its own namespace only does not');
});

t.test('the label of its namespace decides with the rest', async (t) => {
  const cluster = healthy();
  cluster.objects.splice(
    cluster.objects.findIndex(({kind}) => kind === 'Namespace'),
    1,
    namespaceObject('tenants', {'kamaji-monitoring.io/enabled': 'false'}),
  );
  const {evidence, codes} = await inspectOne(cluster);
  t.strictSame(evidence.decision, {monitored: false, reason: 'namespace-false'});
  t.match(evidence.prometheus, {state: 'not-asked'});
  t.strictSame(codes, []);
  t.notOk(
    cluster.asked.some((asked) => /^get|secrets/.test(asked)),
    'nothing is looked for that should not be there',
  );
});

t.test('each TenantControlPlane is told by itself, in the order of the cluster', async (t) => {
  const beta = tenantObject('beta', 'others');
  const cluster = healthy([ALPHA, beta]);
  cluster.objects.splice(
    cluster.objects.findIndex(({kind}) => kind === 'Service'),
    1,
  );
  t.strictSame(
    (await inspect(cluster)).map(({evidence, findings}) => [evidence.tcp.name, findings.map(({code}) => code)]),
    [
      ['alpha', ['objects-missing']],
      ['beta', []],
    ],
  );
});

t.test('addresses are counted by component, in the slices of its own Service only', async (t) => {
  const cluster = healthy();
  const alpha = parseTenantControlPlane(ALPHA);
  const slice = endpointSlice(alpha, ['100.64.7.12', '100.64.7.13']);
  const other = endpointSlice({...alpha, name: 'other'}, ['100.64.7.99']);
  const elsewhere = endpointSlice({...alpha, namespace: 'others'}, ['100.64.7.99']);
  const oneComponent = {...slice, ports: [{name: 'kube-scheduler-metrics'}, {name: 'x'}]};
  const notReady = {
    ...slice,
    ports: [{name: 'kube-apiserver-metrics'}],
    endpoints: [{addresses: ['100.64.7.14'], conditions: {ready: false}}, {}, null],
  };
  cluster.objects.push(slice, other, elsewhere, oneComponent, notReady);
  t.strictSame((await inspectOne(cluster)).evidence.discovery?.endpoints, {
    'kube-apiserver': 4,
    'kube-controller-manager': 3,
    'kube-scheduler': 5,
  });
});

t.test('whether Prometheus may discover is asked only where its targets do not prove it', async (t) => {
  const reviews = async (cluster: FakeCluster) => {
    const {codes} = await inspectOne(cluster);
    return [codes, cluster.asked.filter((asked) => asked.includes('subjectaccessreviews')).length];
  };
  const up = healthy();
  up.denied.add('list pods');
  t.strictSame(await reviews(up), [[], 0], 'up');
  const down = healthy();
  down.denied.add('list pods');
  down.answer = oneDown;
  t.strictSame(await reviews(down), [['down-unexplained'], 0], 'one is known, and down');
  const silent = unscraped();
  silent.denied.add('list pods');
  silent.answer = () => ({status: 503, text: 'no endpoints available', date: undefined});
  t.strictSame(await reviews(silent), [['discovery-forbidden'], 6], 'no target is known');
});

for (const [title, object] of [
  ['sleeps', {...ALPHA, spec: {controlPlane: {deployment: {replicas: 0}}, networkProfile: {port: 6443}}}],
  ['is opted out', tenantObject('alpha', 'tenants', {annotations: {'kamaji-monitoring.io/enabled': 'false'}})],
  ['cannot be monitored', {...ALPHA, spec: {networkProfile: {port: -1}}}],
] as const) {
  t.test(`it is not asked for one that ${title}`, async (t) => {
    const cluster = unscraped([object]);
    await inspect(cluster);
    t.notMatch(cluster.asked.join(), 'subjectaccessreviews');
  });
}

t.test('it is asked once for all of a namespace', async (t) => {
  const cluster = unscraped(['alpha', 'beta', 'gamma'].map((name) => tenantObject(name)));
  await inspect(cluster);
  t.equal(cluster.asked.filter((asked) => asked.includes('for list pods')).length, 1);
});

t.test('what the operator says of a ServiceMonitor counts for that one', async (t) => {
  const verdict = async (event: JsonObject) => {
    const cluster = unscraped();
    cluster.objects.push(event);
    return (await inspectOne(cluster)).evidence.acceptance?.verdict;
  };
  t.equal(await verdict(rejected('x')), 'rejected');
  t.equal(await verdict(rejected('x', 'others')), 'silent', 'of the same name in another namespace');
  t.equal(await verdict(rejected('x', 'tenants', 'other')), 'silent', 'of another name');
});

t.test('whether the Secret is there is looked up where the operator rejects', async (t) => {
  const known = async (...objects: readonly JsonObject[]) => {
    const cluster = unscraped();
    cluster.objects.push(...objects);
    return (await inspectOne(cluster)).evidence.objects.credential.isSecretThere;
  };
  t.equal(await known(rejected(SECRET_MISSING)), false);
  t.equal(await known(rejected(SECRET_MISSING), SECRET), true);
  t.equal(await known(SECRET), undefined);
});

t.test('without any TenantControlPlane nothing is asked but what the cluster has', async (t) => {
  const cluster = healthy([]);
  t.strictSame(await inspect(cluster), []);
  t.notOk(cluster.asked.some((asked) => !asked.startsWith('list')));
});
