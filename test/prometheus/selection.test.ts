import t from 'tap';
import type {PrometheusInstance} from '../../src/prometheus/instance.ts';
import {
  chooseLabels,
  type LabelQuestion,
  type SelectionNamespace,
  selectingInstances,
  whyUnselected,
} from '../../src/prometheus/selection.ts';
import {prometheus, selecting} from '../support/prometheus-object.ts';

const GUIDE = {release: 'kube-prometheus-stack'};
const namespace: SelectionNamespace = {name: 'tenants', labels: {'kubernetes.io/metadata.name': 'tenants', team: 'a'}};
const question: LabelQuestion = {
  instances: [],
  namespace,
  configured: undefined,
  preferred: undefined,
  current: undefined,
  fallback: GUIDE,
  fixed: {'app.kubernetes.io/managed-by': 'kamaji-monitoring'},
};
const blue = selecting('blue', {release: 'blue'});
const green = selecting('green', {release: 'green'});
const everything = selecting('everything', {});
const paused = selecting('paused', {release: 'blue'}, {paused: true});
const daemonSet = prometheus(
  'daemon',
  {mode: 'DaemonSet', serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}},
  'PrometheusAgent',
);
const ownNamespace = selecting('own', {release: 'own'}, {serviceMonitorNamespaceSelector: null});
const otherTeam = selecting('other', {release: 'other'}, {serviceMonitorNamespaceSelector: {matchLabels: {team: 'b'}}});
const nothing = prometheus('nothing', {serviceMonitorNamespaceSelector: {}});
const contradiction = selecting(
  'never',
  {},
  {serviceMonitorSelector: {matchExpressions: [{key: 'a', operator: 'In'}]}},
);
const notOurs = selecting('not-ours', {'app.kubernetes.io/managed-by': 'Helm'});

function names(instances: readonly PrometheusInstance[]): readonly string[] {
  return instances.map(({name}) => name);
}

t.test('labels of the configuration are taken whatever the cluster has', async (t) => {
  for (const configured of [{team: 'sre'}, {}])
    t.strictSame(
      chooseLabels({...question, configured, instances: [blue, green], preferred: {namespace: 'x', name: 'y'}}),
      {source: 'configured', labels: configured},
    );
});

const found: readonly (readonly [title: string, change: Partial<LabelQuestion>, labels: object, by: string])[] = [
  ['the only one', {instances: [blue]}, {release: 'blue'}, 'blue'],
  ['one that takes everything', {instances: [everything]}, {}, 'everything'],
  ['several that ask the same', {instances: [blue, selecting('twin', {release: 'blue'})]}, {release: 'blue'}, 'blue'],
  ['the preferred one of several', {instances: [blue, green], preferred: green}, {release: 'green'}, 'green'],
  ['the one that is not paused', {instances: [paused, green]}, {release: 'green'}, 'green'],
  ['the one that is no DaemonSet', {instances: [daemonSet, blue]}, {release: 'blue'}, 'blue'],
  ['the one that looks into the namespace', {instances: [otherTeam, ownNamespace, blue]}, {release: 'blue'}, 'blue'],
  ['the one that can be satisfied', {instances: [contradiction, nothing, blue]}, {release: 'blue'}, 'blue'],
  ['better than what the monitor has', {instances: [blue], current: {release: 'green'}}, {release: 'blue'}, 'blue'],
  [
    'only what is not there in any case',
    {instances: [selecting('managed', {release: 'a', 'app.kubernetes.io/managed-by': 'kamaji-monitoring'})]},
    {release: 'a'},
    'managed',
  ],
  [
    'a null namespace selector looks into its own namespace',
    {instances: [ownNamespace], namespace: {name: 'monitoring', labels: {}}},
    {release: 'own'},
    'own',
  ],
];
for (const [title, change, labels, by] of found) {
  t.test(`found: ${title}`, async (t) => {
    const choice = chooseLabels({...question, ...change});
    t.match(choice, {source: 'found', instance: {name: by}});
    t.strictSame(choice.labels, labels);
  });
}

const kept: readonly (readonly [
  title: string,
  change: Partial<LabelQuestion>,
  because: 'nothing' | 'several' | 'unsatisfiable' | 'not-there',
  candidates: readonly string[],
])[] = [
  ['no Prometheus', {}, 'nothing', []],
  ['only a paused one', {instances: [paused]}, 'nothing', []],
  ['only an agent in DaemonSet mode', {instances: [daemonSet]}, 'nothing', []],
  ['none looks into the namespace', {instances: [ownNamespace, otherTeam]}, 'nothing', []],
  ['several that differ', {instances: [blue, green]}, 'several', ['blue', 'green']],
  ['several, one of which takes everything', {instances: [everything, blue]}, 'several', ['everything', 'blue']],
  ['a contradiction', {instances: [contradiction]}, 'unsatisfiable', ['never']],
  ['a null selector', {instances: [nothing]}, 'unsatisfiable', ['nothing']],
  ['a label that is ours has another value', {instances: [notOurs]}, 'unsatisfiable', ['not-ours']],
  [
    'the preferred one is not there',
    {instances: [blue], preferred: {namespace: 'monitoring', name: 'x'}},
    'not-there',
    [],
  ],
  [
    'a preferred one of another namespace',
    {instances: [blue], preferred: {namespace: 'x', name: 'blue'}},
    'not-there',
    [],
  ],
  ['the preferred one is paused', {instances: [blue, paused], preferred: paused}, 'nothing', []],
  ['the preferred one looks elsewhere', {instances: [blue, otherTeam], preferred: otherTeam}, 'nothing', []],
  [
    'the preferred one asks for nothing that can be',
    {instances: [blue, contradiction], preferred: contradiction},
    'unsatisfiable',
    ['never'],
  ],
];
for (const [title, change, because, candidates] of kept) {
  t.test(`not guessed: ${title}`, async (t) => {
    const guide = chooseLabels({...question, ...change});
    t.match(guide, {source: 'guide', because});
    t.strictSame(guide.labels, GUIDE, 'one that has no labels gets the guide’s');
    t.strictSame('candidates' in guide ? names(guide.candidates) : undefined, candidates);
    for (const current of [{release: 'old'}, {}]) {
      const choice = chooseLabels({...question, ...change, current});
      t.match(choice, {source: 'kept', because});
      t.strictSame(choice.labels, current, 'one that has some keeps them');
    }
  });
}

t.test('a monitor is selected by every active object that takes its labels and its namespace', async (t) => {
  const instances = [blue, green, everything, paused, daemonSet, ownNamespace, otherTeam, nothing];
  const by = (labels: Readonly<Record<string, string>>, where = namespace) =>
    names(selectingInstances(instances, where, labels));
  t.strictSame(by({release: 'blue', other: 'x'}), ['blue', 'everything']);
  t.strictSame(by({}), ['everything']);
  t.strictSame(by({release: 'own'}), ['everything']);
  t.strictSame(by({release: 'own'}, {name: 'monitoring', labels: {}}), ['everything', 'own']);
  t.strictSame(by({release: 'other'}, {name: 'x', labels: {team: 'b'}}), ['everything', 'other']);
});

const unselected: readonly (readonly [title: string, instances: readonly PrometheusInstance[], why: object])[] = [
  ['there is none', [], {why: 'no-prometheus'}],
  [
    'there is one that is paused and asks for something else',
    [selecting('p', {release: 'x'}, {paused: true})],
    {why: 'idle', instance: {name: 'p'}, reason: /paused/},
  ],
  ['a paused one would', [otherTeam, paused], {why: 'idle', instance: {name: 'paused'}, reason: /paused/}],
  [
    'those that are there look elsewhere',
    [ownNamespace, otherTeam],
    {why: 'namespace', instances: [{name: 'own'}, {name: 'other'}]},
  ],
  [
    'those that look into the namespace ask for other labels',
    [paused, green, otherTeam, nothing],
    {why: 'labels', instances: [{name: 'green'}, {name: 'nothing'}]},
  ],
];
for (const [title, instances, why] of unselected) {
  t.test(`nobody selects it: ${title}`, async (t) => {
    t.match(whyUnselected(instances, namespace, {release: 'blue'}), why);
  });
}
