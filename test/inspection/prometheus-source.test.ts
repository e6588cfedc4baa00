import t from 'tap';
import {DEFAULTS, type PrometheusConfig} from '../../src/config.ts';
import type {Evidence} from '../../src/diagnosis/evidence.ts';
import {sourceOf} from '../../src/inspection/prometheus-source.ts';
import {ConnectionError} from '../../src/kube/errors.ts';
import type {PrometheusInstance} from '../../src/prometheus/instance.ts';
import {reading} from '../support/cluster-reading.ts';
import {type Change, changed, discovery, each, MAIN, objects, prometheuses, tcp} from '../support/evidence.ts';
import {answer, type FakeCluster, fakeCluster} from '../support/fake-cluster.ts';
import {allUp, operatedService, tenantObject} from '../support/monitored-cluster.ts';
import {selecting} from '../support/prometheus-object.ts';

const PROXY = '/api/v1/namespaces/monitoring/services/http:prometheus-operated:9090/proxy';
const NAMES = ['alpha', 'beta', 'gamma'];
const TENANTS = NAMES.map((name) => tenantObject(name));

/** Evidence of a TenantControlPlane that Prometheus has not been asked about. */
function unasked(name: string, ...changes: readonly Change[]): Evidence {
  const named: Change = (evidence) =>
    objects({
      monitor: evidence.objects.monitor && {...evidence.objects.monitor, name: `kube-prometheus-stack-tcp-${name}`},
    })(tcp({name})(evidence));
  return changed(named, ...changes);
}

function monitoring(...services: readonly object[]): FakeCluster {
  const cluster = fakeCluster(services.length === 0 ? [operatedService()] : services);
  cluster.answer = allUp(TENANTS);
  return cluster;
}

interface Asking {
  readonly instances?: readonly PrometheusInstance[];
  readonly config?: Partial<PrometheusConfig>;
  readonly url?: string;
}

async function ask(
  {client}: FakeCluster,
  fleet: readonly Evidence[],
  {instances = [MAIN], config = {}, url}: Asking = {},
): Promise<readonly string[]> {
  const cluster = reading({prometheuses: instances});
  const source = await sourceOf({client, cluster, config: {...DEFAULTS.prometheus, ...config}, url});
  const answers = await source.ask(fleet);
  await source.close();
  return answers.map((known) =>
    known.state === 'asked' ? `${known.components['kube-apiserver'].up} up` : `not asked: ${known.why}`,
  );
}

t.test('one Prometheus is found once and asked once, however many it is asked about', async (t) => {
  const cluster = monitoring();
  t.strictSame(
    await ask(
      cluster,
      NAMES.map((name) => unasked(name)),
    ),
    ['1 up', '1 up', '1 up'],
  );
  t.strictSame(
    cluster.asked.map((asked) => asked.replace(/query\?.*/, 'query')),
    [
      'list services in monitoring',
      `GET ${PROXY}/api/v1/query`,
      `GET ${PROXY}/api/v1/query`,
      `GET ${PROXY}/api/v1/scrape_pools`,
    ],
  );
});

const UNASKED: readonly (readonly [title: string, change: Change, why: string])[] = [
  [
    'is opted out',
    (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}}),
    'there is nothing to ask about',
  ],
  ['sleeps', tcp({replicas: 0}), 'there is nothing to ask about'],
  ['has no ServiceMonitor', objects({monitor: undefined}), 'there is nothing to ask about'],
  ['nobody selects', prometheuses([MAIN], {labels: {}}), 'no Prometheus selects it'],
  [
    'is selected by nobody knows whom',
    (evidence) => ({...evidence, selection: undefined}),
    'you may not see which Prometheus selects it: give --prometheus-url',
  ],
];
for (const [title, change, why] of UNASKED) {
  t.test(`Prometheus is not asked about one that ${title}, and the others are none the worse`, async (t) => {
    const answers = await ask(monitoring(), [unasked('alpha', change), unasked('beta')]);
    t.strictSame(answers, [`not asked: ${why}`, '1 up']);
  });
}

t.test(
  'how many targets there should be is the number of addresses, and at least one where that is not known',
  async (t) => {
    const asksMore = async (change: Change) => {
      const cluster = monitoring();
      await ask(cluster, [unasked('alpha', change)]);
      return cluster.asked.some((asked) => asked.includes('/api/v1/targets'));
    };
    t.equal(await asksMore(discovery({endpoints: each(1)})), false);
    t.equal(await asksMore(discovery({endpoints: {...each(1), 'kube-scheduler': 2}})), true);
    t.equal(await asksMore((evidence) => ({...evidence, discovery: undefined})), false);
  },
);

t.test('one that is paused takes nothing new, and is asked what it has', async (t) => {
  const paused = selecting('main', {release: 'main'}, {paused: true});
  const fleet = [unasked('alpha', prometheuses([paused], {labels: {release: 'main'}}))];
  t.strictSame(await ask(monitoring(), fleet, {instances: [paused]}), ['1 up']);
});

const UNREACHABLE: readonly (readonly [title: string, change: (cluster: FakeCluster) => void, why: string])[] = [
  [
    'its Service may not be seen',
    ({refused}) => refused.set('services', 403),
    'you may not list Services in the namespace monitoring: give --prometheus-url',
  ],
  [
    'it has no Service',
    (cluster) => cluster.objects.splice(0),
    'no Service leads to Prometheus monitoring/main: give --prometheus-url',
  ],
  [
    'the proxy may not be used',
    (cluster) => {
      cluster.answer = () => answer({message: 'cannot get resource "services/proxy"'}, 403);
    },
    'you may not use services/proxy in the namespace monitoring',
  ],
  [
    'no pod of it answers',
    (cluster) => {
      cluster.answer = () => answer({message: 'no endpoints available for service'}, 503);
    },
    'the Service monitoring/prometheus-operated has no pod that answers',
  ],
  [
    'the connection is lost',
    ({refused}) => refused.set(`${PROXY}/api/v1/scrape_pools`, new ConnectionError('GET /x', new Error('hang up'))),
    'GET /x: hang up',
  ],
];
for (const [title, change, why] of UNREACHABLE) {
  t.test(`a Prometheus that cannot be asked is no error: ${title}`, async (t) => {
    const cluster = monitoring();
    change(cluster);
    t.strictSame(await ask(cluster, [unasked('alpha')]), [`not asked: ${why}`]);
  });
}

t.test('one Prometheus that refuses does not spoil what the other says', async (t) => {
  const other = selecting('other', {release: 'main'});
  const cluster = monitoring(
    {kind: 'Service', metadata: {namespace: 'monitoring', name: 'a'}, spec: selectingPods('main')},
    {kind: 'Service', metadata: {namespace: 'monitoring', name: 'b'}, spec: selectingPods('other')},
  );
  const up = allUp(TENANTS);
  cluster.answer = (path) => (path.includes('http:a:9090') ? answer({error: 'overloaded'}, 500) : up(path));
  const by = (instance: PrometheusInstance) => prometheuses([instance], {labels: {release: 'main'}});
  t.strictSame(
    await ask(cluster, [unasked('alpha', by(MAIN)), unasked('beta', by(other)), unasked('gamma', by(MAIN))], {
      instances: [MAIN, other],
    }),
    ['not asked: /api/v1/query: 500 overloaded', '1 up', 'not asked: /api/v1/query: 500 overloaded'],
  );
});

t.test('the operator’s Service is shared by objects of the same kind in the same namespace only', async (t) => {
  const asks = (neighbour: Partial<PrometheusInstance>) =>
    ask(monitoring(), [unasked('alpha')], {instances: [MAIN, {...MAIN, name: 'other', ...neighbour}]});
  t.strictSame(await asks({namespace: 'elsewhere'}), ['1 up']);
  t.strictSame(await asks({kind: 'PrometheusAgent'}), ['1 up']);
  t.match(await asks({}), [/^not asked: no Service leads to Prometheus monitoring\/main/]);
});

function selectingPods(name: string): object {
  return {selector: {'operator.prometheus.io/name': name}, ports: [{name: 'web', port: 9090}]};
}

t.test('a URL is asked instead, about all: that of the command line before that of the configuration', async (t) => {
  const fleet = [unasked('alpha'), unasked('beta', (evidence) => ({...evidence, selection: undefined}))];
  const refusal = (port: number) => `not asked: http://127.0.0.1:${port} cannot be reached (ECONNREFUSED)`;
  for (const [how, port] of [
    [{config: {url: 'http://127.0.0.1:1'}}, 1],
    [{url: 'http://127.0.0.1:2'}, 2],
    [{config: {url: 'http://127.0.0.1:1'}, url: 'http://127.0.0.1:2'}, 2],
  ] as const) {
    const cluster = monitoring();
    t.strictSame(await ask(cluster, fleet, how), [refusal(port), refusal(port)]);
    t.strictSame(cluster.asked, [], 'the cluster is not asked');
  }
});

t.test('what is no URL, and a file that cannot be read, are said before anything is asked', async (t) => {
  for (const url of ['prometheus:9090', '', '127.0.0.1', 'ftp://x']) {
    await t.rejects(ask(monitoring(), [], {url}), {
      code: 'USAGE',
      exitCode: 2,
      message: `--prometheus-url ${url}: expected a URL such as http://127.0.0.1:9090`,
    });
  }
  await t.rejects(ask(monitoring(), [], {url: 'http://127.0.0.1:1', config: {caFile: '/none'}}), {
    code: 'CONFIGURATION',
    exitCode: 2,
  });
});
