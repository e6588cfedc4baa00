import jsonpatch, {type Operation} from 'fast-json-patch';
import pino from 'pino';
import t, {type Test} from 'tap';
import {type Child, cacheChild} from '../../src/companion/cached.ts';
import {createFleet} from '../../src/companion/fleet.ts';
import {createProof} from '../../src/companion/proof.ts';
import type {KubeClient, ObjectKey} from '../../src/kube/client.ts';
import {ApiError, ConnectionError} from '../../src/kube/errors.ts';
import {Store} from '../../src/kube/store.ts';
import {COMPONENTS, portName} from '../../src/monitoring/components.ts';
import {service} from '../../src/monitoring/service.ts';
import {PrometheusError} from '../../src/prometheus/api.ts';
import {heldClock} from '../support/clock.ts';
import {ALPHA, type Change, reconciled, tcp} from '../support/evidence.ts';
import {fakePrometheus} from '../support/fake-prometheus.ts';

const KEY = 'tenants/alpha';
const ROUND_MS = 15_000;
const NUDGE = '/metadata/labels/kamaji-monitoring.io~1discovery-nudge';
const START = Date.parse('2026-11-23T18:00:00Z');

/** A proof of one TenantControlPlane, whose Service is in the cache and is patched as an API server would. */
async function setup(t: Test, {failures = []}: {readonly failures?: Error[]} = {}) {
  const clock = heldClock();
  const prometheus = fakePrometheus();
  const fleet = createFleet(() => {});
  const services = new Store<Child>();
  const patches: {readonly at: number; readonly key: ObjectKey; readonly operations: readonly Operation[]}[] = [];
  let live: object = {
    ...service(ALPHA),
    metadata: {...service(ALPHA).metadata, uid: 'u-1', resourceVersion: '42'},
  };
  services.set(cacheChild('Service', live));
  const client = {
    async patch(_resource: unknown, {namespace, name}: ObjectKey, operations: readonly Operation[]) {
      patches.push({at: clock.now() / 1000, key: {namespace, name}, operations});
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      live = jsonpatch.applyPatch(live, operations, true, false).newDocument;
      services.set(cacheChild('Service', live));
    },
  } as unknown as KubeClient;
  const today = () => new Date(START + clock.now());
  const logger = pino({level: 'silent'});
  const proof = createProof({api: prometheus.api, client, fleet, services, clock, today, logger});
  fleet.report(KEY, reconciled());
  const stop = new AbortController();
  const running = proof.run(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await running;
  });
  return {
    prometheus,
    proof,
    fleet,
    services,
    patches,
    /** Lets so many rounds pass, the first of which is made at once. */
    rounds: (count: number) => clock.advance(count * ROUND_MS - 1),
    nextRound: () => clock.advance(ROUND_MS),
    async until(seconds: number) {
      await clock.advance(seconds * 1000 - clock.now());
    },
    codes: () => new Map(fleet.members()).get(KEY)?.findings.map(({code}) => code),
    state: () => new Map(fleet.members()).get(KEY)?.evidence.prometheus.state,
    wedge() {
      prometheus.up.clear();
      prometheus.pools.clear();
      for (const index of [0, 1, 2]) prometheus.jobs.add(pool(index));
    },
    heal() {
      prometheus.jobs.clear();
      for (const [index, component] of COMPONENTS.entries()) {
        prometheus.up.set(`tenants/alpha-metrics/${portName(component)}`, {up: 1, total: 1});
        prometheus.pools.set(pool(index), [{instance: 'a:1', pod: 'alpha-0', health: 'up', lastError: ''}]);
      }
    },
  };
}

const pool = (index: number) => `serviceMonitor/tenants/kube-prometheus-stack-tcp-alpha/${index}`;

t.test('asks at once and every 15 s, for all that should be scraped', async (t) => {
  const {prometheus, rounds, heal, codes, state, proof} = await setup(t);
  heal();
  t.equal(proof.reachable(), undefined, 'nothing is known before the first answer');
  await rounds(3);
  t.equal(prometheus.asked.filter((what) => what === 'query count').length, 3);
  t.strictSame([codes(), state(), proof.reachable()], [[], 'asked', true]);
});

t.test('a job without a pool is not patched when it is seen first, and once when it is seen twice', async (t) => {
  const {rounds, nextRound, wedge, patches, codes, proof, services} = await setup(t);
  wedge();
  await rounds(1);
  t.strictSame(codes(), ['scrape-pool-missing']);
  t.strictSame(patches, []);
  await nextRound();
  t.strictSame(patches, [
    {
      at: 15,
      key: {namespace: 'tenants', name: 'alpha-metrics'},
      operations: [
        {op: 'test', path: '/metadata/uid', value: 'u-1'},
        {op: 'replace', path: '/metadata/resourceVersion', value: '42'},
        {op: 'add', path: NUDGE, value: (START + 15_000).toString(36)},
      ],
    },
  ]);
  await nextRound();
  t.equal(patches.length, 1);
  t.equal(proof.nudges(), 1);
  t.match(services.get('tenants/alpha-metrics')?.labels, {'kamaji-monitoring.io/discovery-nudge': /^[a-z0-9]+$/});
});

t.test('then it waits a minute, and after each try twice as long, up to an hour', async (t) => {
  const {wedge, patches, until, proof} = await setup(t);
  wedge();
  await until(4 * 3600);
  t.strictSame(
    patches.map(({at}) => at),
    [15, 75, 195, 435, 915, 1875, 3795, 7395, 10_995],
  );
  t.equal(new Set(patches.map(({operations}) => JSON.stringify(operations.at(-1)))).size, 9, 'each time another value');
  t.equal(proof.nudges(), 9);
});

t.test('once it is healed the next wedge is met as the first was', async (t) => {
  const {wedge, heal, patches, until, codes} = await setup(t);
  wedge();
  await until(200);
  t.strictSame(
    patches.map(({at}) => at),
    [15, 75, 195],
  );
  heal();
  await until(220);
  t.strictSame(codes(), []);
  wedge();
  await until(320);
  t.strictSame(
    patches.map(({at}) => at),
    [15, 75, 195, 240, 300],
    'seen at 225 and 240, then a minute',
  );
});

t.test('a Service that is not in the cache is not patched', async (t) => {
  const {wedge, patches, until, services, proof} = await setup(t);
  services.delete('tenants/alpha-metrics');
  wedge();
  await until(600);
  t.strictSame(patches, []);
  t.equal(proof.nudges(), 0);
});

const failures: readonly Error[] = [
  new ApiError('PATCH', 422, {reason: 'Invalid'}),
  new ApiError('PATCH', 403, {reason: 'Forbidden'}),
  new ConnectionError('PATCH', new Error('ECONNREFUSED')),
];
for (const failure of failures) {
  t.test(`a patch that fails (${failure.message}) is tried again later and says nothing of Prometheus`, async (t) => {
    const {wedge, patches, until, proof, codes} = await setup(t, {failures: [failure]});
    wedge();
    await until(16);
    t.equal(patches.length, 1);
    t.strictSame([proof.nudges(), proof.reachable(), codes()], [0, true, ['scrape-pool-missing']]);
    await until(80);
    t.strictSame([patches.length, proof.nudges()], [2, 1]);
  });
}

t.test('while Prometheus is away nothing that it said counts, and nothing is patched', async (t) => {
  const {prometheus, wedge, nextRound, until, patches, codes, state, proof} = await setup(t);
  wedge();
  await until(1);
  t.strictSame([codes(), state()], [['scrape-pool-missing'], 'asked']);
  prometheus.failure = new PrometheusError('unreachable', 'ECONNREFUSED');
  await nextRound();
  t.strictSame([codes(), state(), proof.reachable()], [[], 'not-asked', false]);
  await until(600);
  t.strictSame(patches, []);
  prometheus.failure = undefined;
  await nextRound();
  t.strictSame([codes(), state(), proof.reachable()], [['scrape-pool-missing'], 'asked', true]);
});

const unscraped: readonly (readonly [title: string, change: Change])[] = [
  ['is not monitored', (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}})],
  ['has no ServiceMonitor yet', (evidence) => ({...evidence, objects: {...evidence.objects, monitor: undefined}})],
  ['sleeps', tcp({replicas: 0})],
];
for (const [title, change] of unscraped) {
  t.test(`of one that ${title} nothing is asked`, async (t) => {
    const {prometheus, fleet, until, nextRound, patches} = await setup(t);
    fleet.report(KEY, reconciled(change));
    await until(1);
    prometheus.asked.length = 0;
    await nextRound();
    t.ok(prometheus.asked.includes('query count'));
    t.strictSame(
      prometheus.asked.filter((what) => /^(targets|jobs)/.test(what)),
      [],
    );
    t.strictSame(patches, []);
  });
}

t.test('as many targets are expected as the TenantControlPlane asks for replicas', async (t) => {
  const {prometheus, heal, fleet, nextRound} = await setup(t);
  heal();
  fleet.report(KEY, reconciled(tcp({replicas: 3})));
  await nextRound();
  t.ok(prometheus.asked.includes(`targets ${pool(0)}`), 'one that is up is not all');
});
