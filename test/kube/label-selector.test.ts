import t from 'tap';
import {
  describeLabelSelector,
  formatLabels,
  type LabelSelector,
  type Labels,
  labelsThatSatisfy,
  parseLabelSelector,
  parseLabels,
  selects,
} from '../../src/kube/label-selector.ts';

function selector(value: object): LabelSelector {
  const parsed = parseLabelSelector(value);
  if (parsed === undefined) throw new Error('no selector');
  return parsed;
}

const only = (key: string, operator: string, ...values: string[]) =>
  selector({matchExpressions: [{key, operator, values}]});
const both = (...selectors: readonly LabelSelector[]): LabelSelector => ({
  requirements: selectors.flatMap(({requirements}) => requirements),
});

t.test('null and what is no object is no selector; an empty one is a selector that takes everything', async (t) => {
  for (const value of [undefined, null, 'release=a', 1, true, [], [{key: 'a', operator: 'Exists'}]])
    t.equal(parseLabelSelector(value), undefined, JSON.stringify(value) ?? 'undefined');
  for (const value of [{}, {matchLabels: {}}, {matchLabels: null, matchExpressions: null}, {matchExpressions: []}]) {
    t.strictSame(parseLabelSelector(value), {requirements: []}, JSON.stringify(value));
    t.ok(selects(selector(value), {}), 'takes what has no labels');
  }
});

const decisions: readonly (readonly [selector: LabelSelector, labels: Labels, taken: boolean])[] = [
  [selector({matchLabels: {a: 'x'}}), {a: 'x', b: 'y'}, true],
  [selector({matchLabels: {a: 'x'}}), {a: 'y'}, false],
  [selector({matchLabels: {a: 'x'}}), {}, false],
  [selector({matchLabels: {a: ''}}), {}, false],
  [selector({matchLabels: {a: ''}}), {a: ''}, true],
  [only('a', 'In', 'x', 'y'), {a: 'y'}, true],
  [only('a', 'In', 'x', 'y'), {a: 'z'}, false],
  [only('a', 'In'), {a: 'x'}, false],
  [only('a', 'NotIn', 'x'), {a: 'y'}, true],
  [only('a', 'NotIn', 'x'), {a: 'x'}, false],
  [only('a', 'NotIn', 'x'), {}, true],
  [only('a', 'Exists'), {a: ''}, true],
  [only('a', 'Exists'), {}, false],
  [only('a', 'DoesNotExist'), {}, true],
  [only('a', 'DoesNotExist'), {a: ''}, false],
  [selector({matchLabels: {a: 'x'}, matchExpressions: [{key: 'b', operator: 'Exists'}]}), {a: 'x'}, false],
  [selector({matchLabels: {a: 'x'}, matchExpressions: [{key: 'b', operator: 'Exists'}]}), {a: 'x', b: 'y'}, true],
  [only('toString', 'Exists'), {}, false],
  [only('constructor', 'NotIn', 'x'), {}, true],
];

for (const [asked, labels, taken] of decisions) {
  t.equal(
    selects(asked, labels),
    taken,
    `${describeLabelSelector(asked)} ${taken ? 'takes' : 'does not take'} ${formatLabels(labels) || 'no labels'}`,
  );
}

t.test('what cannot be read selects nothing, and never throws', async (t) => {
  const hostile: readonly object[] = [
    {matchExpressions: [null]},
    {matchExpressions: ['a']},
    {matchExpressions: [{}]},
    {matchExpressions: [{key: 'a', operator: 'in', values: ['x']}]},
    {matchExpressions: [{key: 'a', operator: 'Gt', values: ['1']}]},
    {matchExpressions: [{key: 'a', operator: 1}]},
    {matchExpressions: [{key: 'a', operator: 'In', values: 'x'}]},
    {matchExpressions: [{key: 'a', operator: 'In', values: [1, null, {}]}]},
    {matchExpressions: [{key: 'a', operator: 'NotIn', values: [1]}]},
    {matchExpressions: [{key: 'a', operator: 'NotIn', values: 'x'}]},
    {matchLabels: {a: 1}},
    {matchLabels: {a: null}},
    {matchLabels: {a: ['x']}},
  ];
  for (const value of hostile) {
    const parsed = selector(value);
    for (const labels of [{}, {a: 'x'}, {a: '1'}, {a: ''}] as const)
      t.notOk(selects(parsed, labels), `${JSON.stringify(value)} and ${formatLabels(labels)}`);
    t.equal(labelsThatSatisfy(parsed), undefined);
    t.type(describeLabelSelector(parsed), 'string');
  }
});

t.test('a key that JavaScript knows otherwise is a key like any other', async (t) => {
  const parsed = selector(JSON.parse('{"matchLabels": {"__proto__": "x", "constructor": "y"}}') as object);
  t.notOk(selects(parsed, {}));
  t.ok(selects(parsed, JSON.parse('{"__proto__": "x", "constructor": "y"}') as Labels));
});

const satisfying: readonly (readonly [
  title: string,
  selector: LabelSelector,
  fixed: Labels,
  found: Labels | undefined,
])[] = [
  ['everything: none', selector({}), {}, {}],
  ['matchLabels: just these', selector({matchLabels: {a: 'x', b: 'y'}}), {}, {a: 'x', b: 'y'}],
  ['of several values the first', only('a', 'In', 'y', 'x'), {}, {a: 'y'}],
  ['existence: true', only('a', 'Exists'), {}, {a: 'true'}],
  ['existence, but not true', both(only('a', 'Exists'), only('a', 'NotIn', 'true')), {}, {a: 'yes'}],
  ['existence and a value', both(only('a', 'Exists'), only('a', 'In', 'x')), {}, {a: 'x'}],
  ['absence needs nothing', both(only('a', 'DoesNotExist'), only('b', 'NotIn', 'x')), {}, {}],
  ['In and NotIn on one key', both(only('a', 'In', 'x', 'y'), only('a', 'NotIn', 'x')), {}, {a: 'y'}],
  ['NotIn before In', both(only('a', 'NotIn', 'x'), only('a', 'In', 'x', 'y')), {}, {a: 'y'}],
  ['two sets that share one', both(only('a', 'In', 'x', 'y'), only('a', 'In', 'y', 'z')), {}, {a: 'y'}],
  ['two sets that share none', both(only('a', 'In', 'x'), only('a', 'In', 'y')), {}, undefined],
  ['a value that is excluded', both(only('a', 'In', 'x'), only('a', 'NotIn', 'x')), {}, undefined],
  ['to be there and not', both(only('a', 'Exists'), only('a', 'DoesNotExist')), {}, undefined],
  ['a set without values', only('a', 'In'), {}, undefined],
  ['an unknown operator', only('a', 'Gt', '1'), {}, undefined],
  ['a fixed label that fits is not repeated', selector({matchLabels: {a: 'x', b: 'y'}}), {a: 'x'}, {b: 'y'}],
  ['a fixed label of another value', selector({matchLabels: {a: 'x'}}), {a: 'y'}, undefined],
  ['a fixed label that is enough', only('a', 'Exists'), {a: 'y'}, {}],
  ['a fixed label that must not be there', only('a', 'DoesNotExist'), {a: 'y'}, undefined],
  ['a fixed label that is excluded', only('a', 'NotIn', 'y'), {a: 'y'}, undefined],
];

for (const [title, asked, fixed, found] of satisfying) {
  t.strictSame(labelsThatSatisfy(asked, fixed), found, `labels that satisfy: ${title}`);
}

/** Numbers that are the same at every run (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Few keys and values, so that requirements meet and contradict each other. */
function arbitrary(below: (limit: number) => number): {readonly asked: LabelSelector; readonly fixed: Labels} {
  const key = () => ['a', 'b', 'c'][below(3)] ?? 'a';
  const value = () => ['x', 'y', 'true', ''][below(4)] ?? 'x';
  const many = <T>(limit: number, one: () => T) => Array.from({length: below(limit)}, one);
  const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt'];
  return {
    asked: selector({
      matchLabels: Object.fromEntries(many(2, () => [key(), value()])),
      matchExpressions: many(4, () => ({key: key(), operator: operators[below(20) % 5], values: many(4, value)})),
    }),
    fixed: Object.fromEntries(many(2, () => [key(), value()])),
  };
}

t.test('whatever is found satisfies; where nothing is found, nothing does', async (t) => {
  const below = seeded(1);
  const keys = ['a', 'b', 'c'];
  const values = [undefined, 'x', 'y', 'true', '', 'yes'];
  let found = 0;
  for (let round = 0; round < 5000; round++) {
    const {asked, fixed} = arbitrary(below);
    const labels = labelsThatSatisfy(asked, fixed);
    const title = `${describeLabelSelector(asked)} beside ${formatLabels(fixed) || 'nothing'}`;
    if (labels !== undefined) {
      found += 1;
      if (!selects(asked, {...labels, ...fixed})) t.fail(`${title}: ${formatLabels(labels)}`);
      if (Object.keys(labels).some((key) => key in fixed)) t.fail(`${title}: repeats what is fixed`);
      continue;
    }
    const every = keys.reduce<readonly Labels[]>(
      (sets, key) => sets.flatMap((set) => values.map((value) => (value === undefined ? set : {...set, [key]: value}))),
      [{}],
    );
    const missed = every.find((labels) => selects(asked, {...labels, ...fixed}));
    if (missed !== undefined) t.fail(`${title}: ${formatLabels(missed)} would do`);
  }
  t.ok(found > 1000 && found < 4000, `${found} of 5000 can be satisfied`);
});

t.test('a selector is described as kubectl takes it', async (t) => {
  const described: readonly (readonly [LabelSelector, string])[] = [
    [selector({}), 'everything'],
    [selector({matchLabels: {release: 'a', team: 'b'}}), 'release=a,team=b'],
    [only('team', 'In', 'x', 'y'), 'team in (x,y)'],
    [only('team', 'NotIn', 'x'), 'team!=x'],
    [only('team', 'NotIn', 'x', 'y'), 'team notin (x,y)'],
    [only('team', 'Exists'), 'team'],
    [only('canary', 'DoesNotExist'), '!canary'],
    [only('n', 'Gt', '1'), 'n Gt (1)'],
  ];
  for (const [asked, text] of described) t.equal(describeLabelSelector(asked), text);
});

t.test('labels that were written down are read as they were', async (t) => {
  const sets: readonly Labels[] = [{}, {a: 'x'}, {release: 'kube-prometheus-stack', 'a.io/b': ''}, {a: '', b: 'x.y_z'}];
  for (const labels of sets) t.strictSame(parseLabels(formatLabels(labels)), labels, formatLabels(labels));
  t.equal(formatLabels({release: 'a', team: 'b'}), 'release=a,team=b');
});

t.test('of a text that is no labels nothing is made up', async (t) => {
  t.strictSame(parseLabels('a,=x,,b=y=z'), {b: 'y=z'});
});
