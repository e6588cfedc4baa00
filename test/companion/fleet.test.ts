import t from 'tap';
import {createFleet, type Fleet, type Member} from '../../src/companion/fleet.ts';
import type {TargetsReading} from '../../src/prometheus/targets.ts';
import {
  ago,
  type Change,
  component,
  down,
  each,
  NOW,
  objects,
  prometheuses,
  reconciled,
  tcp,
} from '../support/evidence.ts';

const KEY = 'tenants/alpha';
const FORBIDDEN: TargetsReading = {
  configuredAt: ago(3600),
  components: each(down('server returned HTTP status 403 Forbidden')),
};
const UP: TargetsReading = {configuredAt: undefined, components: each(component({up: 1}))};

function setup() {
  const told: (readonly [key: string, codes: readonly string[] | undefined])[] = [];
  const fleet = createFleet((key, member) => told.push([key, member && codesOf(member)]));
  return {fleet, told};
}

function codesOf({findings}: Member): readonly string[] {
  return findings.map(({code}) => code);
}

function stateOf(fleet: Fleet, key = KEY): readonly [codes: readonly string[], prometheus: string] | undefined {
  const member = new Map(fleet.members()).get(key);
  if (member === undefined) return undefined;
  const {prometheus} = member.evidence;
  return [codesOf(member), prometheus.state === 'asked' ? 'asked' : prometheus.why];
}

t.test('what a reconcile found is judged at once, and Prometheus has not been asked', async (t) => {
  const {fleet, told} = setup();
  fleet.report(KEY, reconciled(prometheuses([], {labels: {}})));
  t.strictSame(stateOf(fleet), [['no-prometheus'], 'it was not asked yet']);
  t.strictSame(told, [[KEY, ['no-prometheus']]]);
});

t.test('what Prometheus says is added, and outlives the next reconcile', async (t) => {
  const {fleet, told} = setup();
  fleet.report(KEY, reconciled());
  fleet.prove(KEY, FORBIDDEN, NOW);
  fleet.report(KEY, reconciled());
  t.strictSame(stateOf(fleet), [['dedicated-forbidden'], 'asked']);
  fleet.prove(KEY, UP, NOW);
  t.strictSame(stateOf(fleet), [[], 'asked']);
  t.strictSame(told, [
    [KEY, []],
    [KEY, ['dedicated-forbidden']],
    [KEY, ['dedicated-forbidden']],
    [KEY, []],
  ]);
});

t.test('a proof is judged by the time at which it was made', async (t) => {
  const {fleet} = setup();
  fleet.report(
    KEY,
    reconciled((evidence) => ({...evidence, now: ago(86_400)})),
  );
  const wedged: TargetsReading = {
    configuredAt: ago(60),
    components: each(component({pool: 'missing', job: 'there'})),
  };
  fleet.prove(KEY, wedged, ago(50));
  t.strictSame(stateOf(fleet), [['not-yet-discovered'], 'asked']);
  fleet.prove(KEY, wedged, NOW);
  t.strictSame(stateOf(fleet), [['scrape-pool-missing'], 'asked']);
});

t.test('when Prometheus cannot be asked any more, nothing that it said counts, for old members and new', async (t) => {
  const {fleet, told} = setup();
  fleet.report(KEY, reconciled());
  fleet.prove(KEY, FORBIDDEN, NOW);
  fleet.unproven('ECONNREFUSED');
  t.strictSame(stateOf(fleet), [[], 'ECONNREFUSED']);
  t.strictSame(told.at(-1), [KEY, []]);
  fleet.report('tenants/new', reconciled());
  t.strictSame(stateOf(fleet, 'tenants/new'), [[], 'ECONNREFUSED']);
});

const unscraped: readonly (readonly [title: string, change: Change])[] = [
  ['falls asleep', tcp({replicas: 0})],
  ['is opted out', (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}})],
  ['has no ServiceMonitor any more', objects({monitor: undefined})],
];
for (const [title, change] of unscraped) {
  t.test(`of one that ${title} nothing counts that Prometheus said or says`, async (t) => {
    const {fleet} = setup();
    fleet.report(KEY, reconciled());
    fleet.prove(KEY, UP, NOW);
    fleet.report(KEY, reconciled(change));
    t.equal(stateOf(fleet)?.[1], 'there is nothing to ask for');
    fleet.prove(KEY, UP, NOW);
    t.equal(stateOf(fleet)?.[1], 'there is nothing to ask for', 'an answer that was on its way');
    fleet.report(KEY, reconciled());
    fleet.prove(KEY, UP, NOW);
    t.equal(stateOf(fleet)?.[1], 'asked');
  });
}

t.test('one that is forgotten is gone, is told once, and no late answer brings it back', async (t) => {
  const {fleet, told} = setup();
  fleet.report(KEY, reconciled());
  fleet.forget(KEY);
  fleet.forget(KEY);
  fleet.prove(KEY, UP, NOW);
  t.equal(stateOf(fleet), undefined);
  t.strictSame(told, [
    [KEY, []],
    [KEY, undefined],
  ]);
});
