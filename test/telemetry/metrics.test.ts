import t from 'tap';
import {createRegistry, type HistogramFamily, type Reading, type ValueFamily} from '../../src/telemetry/metrics.ts';
import {samples, scrape} from '../support/metrics-text.ts';

function family(readings: readonly Reading[], change: Partial<ValueFamily> = {}): ValueFamily {
  return {
    type: 'gauge',
    name: 'things',
    help: 'How many things.',
    labelNames: ['colour'],
    read: () => readings,
    ...change,
  };
}

t.test('a family is its help, its type and its samples, under the name of the product', async (t) => {
  const gauge = family([
    {labels: {colour: 'blue'}, value: 2},
    {labels: {colour: 'green'}, value: 0},
  ]);
  const counter = family([{labels: {}, value: 7}], {type: 'counter', name: 'done_total', help: 'x', labelNames: []});
  t.strictSame(await scrape([gauge, counter]), [
    '# HELP kamaji_monitoring_things How many things.',
    '# TYPE kamaji_monitoring_things gauge',
    'kamaji_monitoring_things{colour="blue"} 2',
    'kamaji_monitoring_things{colour="green"} 0',
    '# HELP kamaji_monitoring_done_total x',
    '# TYPE kamaji_monitoring_done_total counter',
    'kamaji_monitoring_done_total 7',
  ]);
});

t.test('every scrape reads anew: what is gone has no series any more, and nothing is added up', async (t) => {
  let readings: readonly Reading[] = [{labels: {colour: 'blue'}, value: 2}];
  const registry = createRegistry([family([], {read: () => readings})]);
  const sample = async () => (await registry.metrics()).split('\n').filter((line) => line.includes('{'));
  t.strictSame(await sample(), ['kamaji_monitoring_things{colour="blue"} 2']);
  t.strictSame(await sample(), ['kamaji_monitoring_things{colour="blue"} 2']);
  readings = [{labels: {colour: 'green'}, value: 1}];
  t.strictSame(await sample(), ['kamaji_monitoring_things{colour="green"} 1']);
  readings = [];
  t.strictSame(await sample(), []);
});

t.test('what is not known has no sample, with labels and without', async (t) => {
  for (const labelNames of [[], ['colour']])
    for (const type of ['gauge', 'counter'] as const) t.strictSame(await samples([family([], {labelNames, type})]), []);
});

t.test('values of labels are escaped', async (t) => {
  t.strictSame(await samples([family([{labels: {colour: 'a"b\\c\nd'}, value: 1}])]), [
    'kamaji_monitoring_things{colour="a\\"b\\\\c\\nd"} 1',
  ]);
});

t.test('a histogram counts what it is fed, by upper bounds, and is empty before', async (t) => {
  const seconds: HistogramFamily = {
    type: 'histogram',
    name: 'waiting_seconds',
    help: 'x',
    labelNames: [],
    buckets: [0.001, 0.1],
    feed: (observe) => {
      for (const value of [0.0005, 0.001, 0.05, 7]) observe({}, value);
    },
  };
  t.strictSame(await scrape([seconds]), [
    '# HELP kamaji_monitoring_waiting_seconds x',
    '# TYPE kamaji_monitoring_waiting_seconds histogram',
    'kamaji_monitoring_waiting_seconds_bucket{le="0.001"} 2',
    'kamaji_monitoring_waiting_seconds_bucket{le="0.1"} 3',
    'kamaji_monitoring_waiting_seconds_bucket{le="+Inf"} 4',
    'kamaji_monitoring_waiting_seconds_sum 7.0515',
    'kamaji_monitoring_waiting_seconds_count 4',
  ]);
  t.strictSame((await samples([{...seconds, feed: () => {}}])).at(-1), 'kamaji_monitoring_waiting_seconds_count 0');
});

t.test('registries are apart', async (t) => {
  t.equal((await samples([family([{labels: {colour: 'blue'}, value: 1}])])).length, 1);
  t.equal((await samples([family([{labels: {colour: 'blue'}, value: 1}])])).length, 1);
});
