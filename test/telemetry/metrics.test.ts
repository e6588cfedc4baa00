import t from 'tap';
import {createRegistry, type MetricFamily, type Reading} from '../../src/telemetry/metrics.ts';
import {samples, scrape} from '../support/metrics-text.ts';

function family(readings: readonly Reading[], change: Partial<MetricFamily> = {}): MetricFamily {
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

t.test('registries are apart', async (t) => {
  t.equal((await samples([family([{labels: {colour: 'blue'}, value: 1}])])).length, 1);
  t.equal((await samples([family([{labels: {colour: 'blue'}, value: 1}])])).length, 1);
});
