import t from 'tap';
import {COMPONENTS, portName} from '../../src/monitoring/components.ts';
import {PrometheusError, type Target} from '../../src/prometheus/api.ts';
import {type MonitorReference, readTargets, type TargetsReading} from '../../src/prometheus/targets.ts';
import {type FakePrometheus, fakePrometheus} from '../support/fake-prometheus.ts';

const monitor = (name: string, expected: number | undefined = 1): MonitorReference => ({
  namespace: 'tenants',
  service: `${name}-metrics`,
  monitor: `tcp-${name}`,
  expected,
});
const pool = (name: string, index: number) => `serviceMonitor/tenants/tcp-${name}/${index}`;
const target = (health: Target['health'], lastError = ''): Target => ({
  instance: '100.64.7.11:6443',
  pod: 'pod-0',
  health,
  lastError,
});

/** Everything of this ServiceMonitor is up. */
function allUp(prometheus: FakePrometheus, name: string, count = 1): void {
  for (const [index, component] of COMPONENTS.entries()) {
    prometheus.up.set(`tenants/${name}-metrics/${portName(component)}`, {up: count, total: count});
    prometheus.pools.set(
      pool(name, index),
      Array.from({length: count}, () => target('up')),
    );
  }
}

async function read(prometheus: FakePrometheus, ...monitors: readonly MonitorReference[]): Promise<TargetsReading> {
  const [first] = await readTargets(prometheus.api, monitors);
  if (first === undefined) throw new Error('no reading');
  return first;
}

t.test('a fleet that is well costs two queries and the names of the pools, however large it is', async (t) => {
  const prometheus = fakePrometheus();
  const names = Array.from({length: 300}, (_, index) => `t${index}`);
  for (const name of names) allUp(prometheus, name);
  const readings = await readTargets(
    prometheus.api,
    names.map((name) => monitor(name)),
  );
  t.strictSame(prometheus.asked, ['query count', 'query sum', 'scrapePools']);
  const well = {up: 1, down: 0, pending: 0, pool: undefined, job: undefined, failures: []};
  t.equal(readings.length, 300);
  for (const reading of readings)
    t.strictSame(reading, {
      configuredAt: undefined,
      components: {'kube-apiserver': well, 'kube-controller-manager': well, 'kube-scheduler': well},
    });
});

t.test('no monitors, and no more is asked', async (t) => {
  const prometheus = fakePrometheus();
  t.strictSame(await readTargets(prometheus.api, []), []);
  t.strictSame(prometheus.asked, ['query count', 'query sum', 'scrapePools']);
});

t.test('a target that is down is looked up in its pool and in no other', async (t) => {
  const prometheus = fakePrometheus();
  for (const name of ['alpha', 'beta', 'gamma']) allUp(prometheus, name, 2);
  prometheus.up.set('tenants/beta-metrics/kube-scheduler-metrics', {up: 1, total: 2});
  prometheus.pools.set(pool('beta', 2), [target('up'), target('down', 'server returned HTTP status 403 Forbidden')]);
  const [alpha, beta] = await readTargets(prometheus.api, [
    monitor('alpha', 2),
    monitor('beta', 2),
    monitor('gamma', 2),
  ]);
  t.strictSame(prometheus.asked, [
    'query count',
    'query sum',
    'scrapePools',
    `targets ${pool('beta', 2)}`,
    'configuredAt',
  ]);
  t.match(alpha, {configuredAt: prometheus.configuredAt, components: {'kube-scheduler': {up: 2, down: 0}}});
  t.strictSame(beta?.components['kube-scheduler'], {
    up: 1,
    down: 1,
    pending: 0,
    pool: 'there',
    job: 'there',
    failures: [{instance: '100.64.7.11:6443', pod: 'pod-0', error: 'server returned HTTP status 403 Forbidden'}],
  });
});

t.test('a target that was found and not scraped yet is pending, and none that is expected is overlooked', async (t) => {
  const prometheus = fakePrometheus();
  allUp(prometheus, 'alpha');
  prometheus.pools.set(pool('alpha', 0), [target('up'), target('unknown')]);
  const {components} = await read(prometheus, monitor('alpha', 2));
  t.match(components['kube-apiserver'], {up: 1, down: 0, pending: 1});
  t.match(components['kube-scheduler'], {up: 1, down: 0, pending: 0, pool: 'there'}, 'fewer than expected');
});

t.test('where it is not known how many there should be, one is enough; where none should be, none is', async (t) => {
  for (const [expected, up, isAsked] of [
    [undefined, 1, false],
    [undefined, 0, true],
    [0, 0, false],
    [0, 1, false],
  ] as const) {
    const prometheus = fakePrometheus();
    allUp(prometheus, 'alpha', up);
    await readTargets(prometheus.api, [{...monitor('alpha'), expected}]);
    t.equal(prometheus.asked.includes('configuredAt'), isAsked, `expected ${expected}, up ${up}`);
  }
});

t.test('a pool that is missing: whether the configuration has its job is asked once for all', async (t) => {
  const prometheus = fakePrometheus();
  for (const index of [0, 1, 2]) prometheus.jobs.add(pool('alpha', index));
  const readings = await readTargets(prometheus.api, [monitor('alpha'), monitor('beta')]);
  t.strictSame(prometheus.asked, ['query count', 'query sum', 'scrapePools', 'jobs', 'configuredAt']);
  const missing = {up: 0, down: 0, pending: 0, pool: 'missing', failures: []} as const;
  t.strictSame(
    readings.map(({components}) => components['kube-apiserver']),
    [
      {...missing, job: 'there'},
      {...missing, job: 'missing'},
    ],
  );
});

t.test('what is up in a query and has no pool any more left the configuration', async (t) => {
  const prometheus = fakePrometheus();
  allUp(prometheus, 'alpha');
  prometheus.pools.delete(pool('alpha', 1));
  const {configuredAt, components} = await read(prometheus, monitor('alpha'));
  t.match(components['kube-apiserver'], {up: 1, pool: undefined});
  t.match(components['kube-controller-manager'], {up: 0, pool: 'missing', job: 'missing'});
  t.equal(configuredAt, prometheus.configuredAt);
});

t.test('an agent answers no query: every pool is looked at, and says all', async (t) => {
  const prometheus = fakePrometheus();
  prometheus.lacks.add('query');
  allUp(prometheus, 'alpha');
  const {components} = await read(prometheus, monitor('alpha'));
  t.strictSame(
    prometheus.asked.filter((what) => what.startsWith('targets')),
    [0, 1, 2].map((index) => `targets ${pool('alpha', index)}`),
  );
  t.match(components['kube-apiserver'], {up: 1, pool: 'there', job: 'there'});
});

t.test('a querier knows no pools: what is down is known, and why is not', async (t) => {
  const prometheus = fakePrometheus();
  for (const what of ['scrapePools', 'targets', 'jobs', 'configuredAt'] as const) prometheus.lacks.add(what);
  prometheus.up.set('tenants/alpha-metrics/kube-apiserver-metrics', {up: 1, total: 2});
  const {configuredAt, components} = await read(prometheus, monitor('alpha', 2));
  const unknown = {pending: 0, pool: undefined, job: undefined, failures: []};
  t.equal(configuredAt, undefined);
  t.strictSame(components['kube-apiserver'], {up: 1, down: 1, ...unknown});
  t.strictSame(components['kube-scheduler'], {up: 0, down: 0, ...unknown});
});

t.test('something that has pools and no configuration to read: whether the job is there is not known', async (t) => {
  const prometheus = fakePrometheus();
  prometheus.lacks.add('jobs');
  const {components} = await read(prometheus, monitor('alpha'));
  t.match(components['kube-apiserver'], {pool: 'missing', job: undefined});
});

t.test('a Service of the same name in another namespace is another one', async (t) => {
  const prometheus = fakePrometheus();
  allUp(prometheus, 'alpha');
  const {components} = await read(prometheus, {...monitor('alpha'), namespace: 'others'});
  t.match(components['kube-apiserver'], {up: 0, pool: 'missing'});
});

t.test('what cannot be reached or refuses is an error and no reading', async (t) => {
  const prometheus = fakePrometheus();
  prometheus.failure = new PrometheusError('unreachable', 'away');
  await t.rejects(readTargets(prometheus.api, [monitor('alpha')]), {code: 'unreachable'});
  prometheus.failure = new PrometheusError('refused', '403');
  await t.rejects(readTargets(prometheus.api, [monitor('alpha')]), {code: 'refused'});
});
