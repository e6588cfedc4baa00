import t from 'tap';
import {type StatusContext, statusJson, statusText} from '../../src/commands/status-report.ts';
import {DIAGNOSES} from '../../src/diagnosis/diagnoses.ts';
import type {Inspected} from '../../src/inspection/fleet.ts';
import {inspected} from '../support/check.ts';
import {FORBIDDEN, reading, UNKNOWN_KIND} from '../support/cluster-reading.ts';
import {
  type Change,
  component,
  credential,
  discovery,
  down,
  each,
  MAIN,
  notAsked,
  objects,
  prometheuses,
  targets,
  tcp,
} from '../support/evidence.ts';

const FORBIDDEN_403 = 'server returned HTTP status 403 Forbidden';
const ALL: StatusContext = {cluster: reading(), namespace: undefined};
const optedOut: Change = (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}});
const unselected: Change = (evidence) => ({...evidence, selection: undefined});
const lines = (fleet: readonly Inspected[], context = ALL) => statusText(fleet, context).split('\n');

t.test('a line each, and nothing more where nothing is wrong', async (t) => {
  t.equal(
    statusText([inspected(), inspected(tcp({namespace: 'team-b', name: 'a-longer-name'}))], ALL),
    `NAMESPACE   NAME            MONITORED   OBJECTS    CREDENTIAL   SELECTED BY                  APISERVER   CONTROLLER-MANAGER   SCHEDULER
tenants     alpha           yes         complete   dedicated    Prometheus monitoring/main   UP 1/1      UP 1/1               UP 1/1
team-b      a-longer-name   yes         complete   dedicated    Prometheus monitoring/main   UP 1/1      UP 1/1               UP 1/1
`,
  );
});

const NOTHING = ['-', '-', '-', '-', '-'];
const rows: readonly (readonly [title: string, changes: readonly Change[], cells: readonly string[]])[] = [
  [
    'not monitored, with its reason',
    [optedOut],
    ['no: its annotation kamaji-monitoring.io/enabled is "false"', '-', ...NOTHING],
  ],
  ['monitored and without a ServiceMonitor', [objects({monitor: undefined})], ['yes', 'complete', ...NOTHING]],
  ['impossible to monitor', [tcp({port: -1}), objects({monitor: undefined})], ['impossible', '-', ...NOTHING]],
  [
    'selected by nobody',
    [prometheuses([MAIN], {labels: {}}), notAsked],
    ['yes', 'complete', 'dedicated', 'nobody', '?', '?', '?'],
  ],
  [
    'selected by several',
    [prometheuses([MAIN, {...MAIN, kind: 'PrometheusAgent'}])],
    [
      'yes',
      'complete',
      'dedicated',
      'Prometheus monitoring/main, PrometheusAgent monitoring/main',
      'UP 1/1',
      'UP 1/1',
      'UP 1/1',
    ],
  ],
  ['selected by nobody knows whom', [unselected, notAsked], ['yes', 'complete', 'dedicated', '?', '?', '?', '?']],
  [
    'Kamaji’s own certificate',
    [credential({mode: 'kubelet-client'}), notAsked],
    ['yes', 'complete', 'kubelet-client', 'Prometheus monitoring/main', '?', '?', '?'],
  ],
  [
    'asleep',
    [tcp({replicas: 0}), targets(each(component({})))],
    ['yes', 'complete', 'dedicated', 'Prometheus monitoring/main', 'asleep', 'asleep', 'asleep'],
  ],
  [
    'of three replicas one is down, one not scraped yet, and one not found',
    [
      discovery({endpoints: each(3)}),
      targets({
        'kube-apiserver': component({up: 3}),
        'kube-controller-manager': component({up: 1, down: 1, pending: 1}),
        'kube-scheduler': component({up: 2}),
      }),
    ],
    ['yes', 'complete', 'dedicated', 'Prometheus monitoring/main', 'UP 3/3', 'DOWN 1/3', 'DOWN 2/3'],
  ],
  [
    'more targets than addresses, and how many there should be is not known',
    [(evidence) => ({...evidence, discovery: undefined}), targets({'kube-apiserver': component({up: 2})})],
    ['yes', 'complete', 'dedicated', 'Prometheus monitoring/main', 'UP 2/2', 'UP 1/1', 'UP 1/1'],
  ],
  [
    'down or not scraped yet, and how many there should be is not known',
    [
      (evidence) => ({...evidence, discovery: undefined}),
      targets({'kube-apiserver': component({up: 1, down: 2, pending: 3})}),
    ],
    ['yes', 'complete', 'dedicated', 'Prometheus monitoring/main', 'DOWN 1/6', 'UP 1/1', 'UP 1/1'],
  ],
  [
    'nothing to scrape is not up',
    [discovery({endpoints: each(0)}), targets(each(component({})))],
    ['yes', 'complete', 'dedicated', 'Prometheus monitoring/main', 'DOWN 0/0', 'DOWN 0/0', 'DOWN 0/0'],
  ],
];
for (const [title, changes, cells] of rows) {
  t.test(`a line of one that is ${title}`, async (t) => {
    const [, line = ''] = lines([inspected(...changes)]);
    t.strictSame(line.split(/ {3,}/), ['tenants', 'alpha', ...cells]);
  });
}

t.test('below it says what is wrong and how to mend it, with the link and the code', async (t) => {
  const {cause, cure} = DIAGNOSES['dedicated-forbidden'];
  t.strictSame(lines([inspected(targets(each(down(FORBIDDEN_403))))]).slice(2), [
    '',
    `✖ tenants/alpha: ${cause}  [scrape: dedicated-forbidden]`,
    `  → ${cure}`,
    '',
  ]);
});

t.test('what goes away by itself and what needs nobody have signs of their own', async (t) => {
  const signs = (...changes: readonly Change[]) => lines([inspected(...changes)])[3]?.slice(0, 1);
  t.equal(signs(tcp({port: -1})), '✖');
  t.equal(signs(tcp({authority: undefined})), '…');
  t.equal(signs(tcp({replicas: 0})), 'i');
});

/** The lines that name a cause, without their cures. */
function causes(fleet: readonly Inspected[]): readonly string[] {
  return lines(fleet).filter((line) => line.startsWith('✖'));
}

const forbidden = (name: string) => inspected(tcp({name}), targets(each(down(FORBIDDEN_403))));

t.test('what is said of several in the same words is said once, with the names of all', async (t) => {
  const said = causes([forbidden('a'), inspected(), forbidden('b'), inspected(tcp({port: -1}))]);
  t.equal(said.length, 2);
  t.match(said[0], /^✖ tenants\/a, tenants\/b: the tenant answers 403/);
  t.match(said[1], /^✖ tenants\/alpha: it cannot be monitored/);
});

t.test('of more than five the first five are named', async (t) => {
  const names = (count: number) =>
    causes(Array.from({length: count}, (_, index) => forbidden(`t${index}`))).map((line) => line.split(':')[0]);
  const five = '✖ tenants/t0, tenants/t1, tenants/t2, tenants/t3, tenants/t4';
  t.strictSame(names(5), [five]);
  t.strictSame(names(6), [`${five} and 1 more`]);
  t.strictSame(names(300), [`${five} and 295 more`]);
});

t.test('what is not known is said, once for each reason', async (t) => {
  const because =
    (why: string): Change =>
    (evidence) => ({...evidence, prometheus: {state: 'not-asked', why}});
  const last = (...members: readonly Inspected[]) => lines(members).slice(-3);
  t.strictSame(last(inspected(because('x')), inspected(because('y')), inspected(because('x'))), [
    '',
    'Whether metrics arrive is not known: x; y',
    '',
  ]);
  t.match(last(inspected(unselected, because('x'))).join('\n'), 'not known: x');
});

const certain: readonly (readonly [title: string, changes: readonly Change[]])[] = [
  ['that is not monitored', [optedOut]],
  ['that has no ServiceMonitor', [objects({monitor: undefined})]],
  ['that sleeps', [tcp({replicas: 0})]],
  ['that nobody selects', [prometheuses([MAIN], {labels: {}})]],
];
for (const [title, changes] of certain) {
  t.test(`of one ${title} it is known that no metrics arrive`, async (t) => {
    t.notMatch(statusText([inspected(...changes, notAsked)], ALL), 'not known');
  });
}

const nothing: readonly (readonly [title: string, context: Partial<StatusContext>, says: string])[] = [
  ['there are none', {}, 'There are no TenantControlPlanes.'],
  [
    'there are none in the namespace',
    {namespace: 'default'},
    'There are no TenantControlPlanes in the namespace default; -A looks into all.',
  ],
  [
    'they may not be seen',
    {cluster: reading({tenantControlPlanes: FORBIDDEN}), namespace: 'default'},
    'You may not list TenantControlPlanes here.',
  ],
  [
    'the cluster does not know them',
    {cluster: reading({tenantControlPlanes: UNKNOWN_KIND})},
    'The cluster does not know TenantControlPlanes: is this the management cluster, and is Kamaji installed?',
  ],
];
for (const [title, context, says] of nothing) {
  t.test(`one line where ${title}`, async (t) => {
    t.equal(statusText([], {...ALL, ...context}), `${says}\n`);
  });
}

t.test('who may not see ServiceMonitors is told so, and no line claims that there is none', async (t) => {
  const cluster = reading({children: {...reading().children, ServiceMonitor: FORBIDDEN}});
  const fleet = [inspected(objects({monitor: undefined})), inspected(objects({monitor: undefined}), optedOut)];
  const [said, , monitored = '', unmonitored = ''] = lines(fleet, {...ALL, cluster});
  t.equal(said, 'You may not list ServiceMonitors here, so whether metrics arrive is not known.');
  t.strictSame(monitored.split(/ {3,}/).slice(2), ['yes', '?', '?', '?', '?', '?', '?']);
  t.strictSame(unmonitored.split(/ {3,}/).slice(4), NOTHING);
});

t.test('who may not see Namespaces is told so where their labels count', async (t) => {
  const context = {...ALL, cluster: reading({namespaces: FORBIDDEN})};
  const [said] = lines([inspected(tcp({enabled: 'true'})), inspected()], context);
  t.equal(said, 'You may not list Namespaces, so what their labels decide about monitoring is not known.');
  t.match(lines([inspected(tcp({enabled: 'true'}))], context)[0], /^NAMESPACE/, 'the annotation decides alone');
});

t.test('for programs: everything of each, as JSON', async (t) => {
  const items = (...members: readonly Inspected[]) => (JSON.parse(statusJson(members)) as {items: unknown}).items;
  const well = {up: 1, down: 0, pending: 0, expected: 1};
  const alpha = {
    namespace: 'tenants',
    name: 'alpha',
    monitored: true,
    reason: 'annotation-true',
    asleep: false,
    objects: {missing: [], foreign: [], differing: []},
    credential: {mode: 'dedicated', secret: 'alpha-monitoring-client', notAfter: '2027-01-22T18:00:00.000Z'},
    selectedBy: [{kind: 'Prometheus', namespace: 'monitoring', name: 'main'}],
    targets: each(well),
    notAsked: null,
    findings: [],
  };
  t.strictSame(items(inspected()), [alpha]);
  const unknown: Change = (evidence) => ({...evidence, selection: undefined, discovery: undefined});
  t.strictSame(
    items(inspected(unknown, notAsked, credential({notAfter: undefined})), inspected(tcp({port: -1, replicas: 0}))),
    [
      {
        ...alpha,
        credential: {...alpha.credential, notAfter: null},
        selectedBy: null,
        targets: null,
        notAsked: 'a test',
      },
      {...alpha, asleep: true, findings: inspected(tcp({port: -1})).findings},
    ],
    'what is not known is null',
  );
  t.strictSame(items(inspected((evidence) => ({...evidence, discovery: undefined}))), [
    {...alpha, targets: each({...well, expected: null})},
  ]);
  t.equal(statusJson([]), '{\n  "items": []\n}\n');
});
