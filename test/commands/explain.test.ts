import {join} from 'node:path';
import t from 'tap';
import {explain} from '../../src/commands/explain.ts';
import {runCommand} from '../support/command.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const CHARLIE = `apiVersion: kamaji.clastix.io/v1alpha1
kind: TenantControlPlane
metadata: {name: charlie, namespace: tenants}
`;
const TENANTS = 'kind: Namespace\nmetadata: {name: tenants}\n';

const annotated = (value: string) => CHARLIE.replace('{name', `{annotations: {${KEY}: ${JSON.stringify(value)}}, name`);
const labelled = (value: string) => TENANTS.replace('{name', `{labels: {${KEY}: ${JSON.stringify(value)}}, name`);

function explainInput(documents: readonly string[], ...flags: string[]) {
  return runCommand(explain, ['-f', '-', ...flags], {stdin: documents.join('---\n')});
}

/** The lines after the steps of the table. */
async function conclusion(documents: readonly string[], ...flags: string[]): Promise<readonly string[]> {
  const {stdout} = await explainInput(documents, ...flags);
  const lines = stdout.trimEnd().split('\n');
  return lines.slice(lines.findIndex((line) => line.includes('makes its monitoring impossible?')));
}

t.test('says every rule up to the one that decides, what the webhook would do, and the answer last', async (t) => {
  t.strictSame(await explainInput([TENANTS, CHARLIE]), {
    code: 0,
    stderr: '',
    stdout: `TenantControlPlane tenants/charlie
  annotation kamaji-monitoring.io/enabled is "true"? no: it has none
  annotation kamaji-monitoring.io/enabled is "false"? no: it has none
  annotation kamaji-monitoring.io/enabled has any other value? no: it has none
  enrollment is off? no: it is opt-out
  label kamaji-monitoring.io/enabled of its namespace is "true"? no: it has none
  its namespace is listed in excludedNamespaces? no: it is not listed
  enrollment is required? no: it is opt-out
  label kamaji-monitoring.io/enabled of its namespace is "false"? no: it has none
  enrollment is opt-out? yes: it is opt-out
  something makes its monitoring impossible? no: nothing does
  at its creation the webhook would add the annotation kamaji-monitoring.io/enabled: "true"
→ monitored: nothing says otherwise and enrollment is opt-out
`,
  });
});

t.test('the webhook would write nothing where there is an answer, and where no rule says monitored', async (t) => {
  const cases: readonly (readonly [documents: string[], webhook: string, answer: string])[] = [
    [[annotated('true')], 'would write nothing: it carries an answer', `monitored: its annotation ${KEY} is "true"`],
    [
      [annotated('false')],
      'would write nothing: it carries an answer',
      `not monitored: its annotation ${KEY} is "false"`,
    ],
    [
      [annotated('flase')],
      'would write nothing, and warn whoever wrote this value',
      `not monitored: its annotation ${KEY} is neither "true" nor "false"`,
    ],
    [
      [labelled('false'), CHARLIE],
      'would write nothing: no rule says monitored',
      `not monitored: its namespace is labelled ${KEY}=false`,
    ],
    [
      [CHARLIE.replace('tenants', 'kube-system')],
      'would write nothing: no rule says monitored',
      'not monitored: its namespace is listed in excludedNamespaces',
    ],
  ];
  for (const [documents, webhook, answer] of cases) {
    t.strictSame(await conclusion(documents), [
      '  something makes its monitoring impossible? no: nothing does',
      `  at its creation the webhook ${webhook}`,
      `→ ${answer}`,
    ]);
  }
});

t.test('an obstacle overrules a table that says monitored; the webhook does not look at it', async (t) => {
  const cases: readonly (readonly [tcp: string, obstacle: string])[] = [
    [
      `${CHARLIE}spec: {networkProfile: {port: 0}}\n`,
      'its port 0 (spec.networkProfile.port) is not between 1 and 65535',
    ],
    [CHARLIE.replace('name: charlie', 'generateName: x-'), 'it has no metadata.name'],
  ];
  for (const [tcp, obstacle] of cases) {
    t.strictSame(await conclusion([tcp]), [
      `  something makes its monitoring impossible? yes: ${obstacle}`,
      `  at its creation the webhook would add the annotation ${KEY}: "true"`,
      `→ not monitored: ${obstacle}`,
    ]);
  }
});

t.test('where the table says not monitored, that is the reason, obstacle or not', async (t) => {
  const lines = await conclusion([annotated('false').replace('charlie', 'a.b')]);
  t.match(lines[0], 'impossible? yes: its name "a.b" is no DNS label');
  t.equal(lines.at(-1), `→ not monitored: its annotation ${KEY} is "false"`);
});

t.test('decides by the configuration that is given', async (t) => {
  const file = join(t.testdir({'config.yaml': 'enrollment: opt-in\n'}), 'config.yaml');
  t.equal(
    (await conclusion([TENANTS, CHARLIE], '--config', file)).at(-1),
    '→ not monitored: nothing asks for it and enrollment is opt-in',
  );
  t.equal(
    (await conclusion([labelled('true'), CHARLIE], '--config', file)).at(-1),
    `→ monitored: its namespace is labelled ${KEY}=true`,
  );
});

t.test('several TenantControlPlanes stand apart; a Namespace may come after them and in another file', async (t) => {
  const dir = t.testdir({
    'a.yaml': `${CHARLIE}---\n${CHARLIE.replace('charlie', 'delta')}`,
    'b.yaml': labelled('false'),
  });
  const {stdout, stderr} = await runCommand(explain, ['-f', join(dir, 'a.yaml'), '-f', join(dir, 'b.yaml')]);
  t.equal(stderr, '');
  const blocks = stdout.trimEnd().split('\n\n');
  t.strictSame(
    blocks.map((block) => [block.split('\n').at(0), block.split('\n').at(-1)]),
    ['charlie', 'delta'].map((name) => [
      `TenantControlPlane tenants/${name}`,
      `→ not monitored: its namespace is labelled ${KEY}=false`,
    ]),
  );
});

t.test(
  'a Namespace that is not in the input counts as unlabelled, which stderr says where its label was asked',
  async (t) => {
    const {stderr} = await explainInput([CHARLIE]);
    t.equal(
      stderr,
      'TenantControlPlane tenants/charlie: Namespace tenants is not in the input and counts as unlabelled\n',
    );
    t.equal((await explainInput([annotated('true')])).stderr, '');
  },
);

t.test('passes over other kinds and says so on stderr', async (t) => {
  const {code, stdout, stderr} = await explainInput(['kind: ConfigMap\n', '{}\n', TENANTS]);
  t.strictSame({code, stdout}, {code: 0, stdout: ''});
  t.equal(
    stderr,
    '(stdin):1: passed over: ConfigMap is no TenantControlPlane of Kamaji\n' +
      '(stdin):3: passed over: an object without kind is no TenantControlPlane of Kamaji\n',
  );
});

t.test('-o json prints an array for programs', async (t) => {
  const {stdout} = await explainInput(
    [annotated('on'), `${annotated('true')}spec: {networkProfile: {port: 0}}\n`],
    '-o',
    'json',
  );
  const step = (reason: string, question: string, applies: boolean, found: string) => ({
    reason,
    question,
    applies,
    found,
  });
  const obstacle = 'something makes its monitoring impossible?';
  const port = 'its port 0 (spec.networkProfile.port) is not between 1 and 65535';
  t.strictSame(JSON.parse(stdout), [
    {
      namespace: 'tenants',
      name: 'charlie',
      monitored: false,
      reason: 'annotation-invalid',
      steps: [
        step('annotation-true', `annotation ${KEY} is "true"?`, false, 'it is "on"'),
        step('annotation-false', `annotation ${KEY} is "false"?`, false, 'it is "on"'),
        step('annotation-invalid', `annotation ${KEY} has any other value?`, true, 'it is "on"'),
        step('obstacle', obstacle, false, 'nothing does'),
      ],
    },
    {
      namespace: 'tenants',
      name: 'charlie',
      monitored: false,
      reason: 'obstacle',
      steps: [
        step('annotation-true', `annotation ${KEY} is "true"?`, true, 'it is "true"'),
        step('obstacle', obstacle, true, port),
      ],
    },
  ]);
  t.equal((await explainInput([''], '-o', 'json')).stdout, '[]\n', 'also where there is nothing to explain');
});

t.test('a broken file is refused by name and line, and nothing is printed', async (t) => {
  const file = join(t.testdir({'a.yaml': `${CHARLIE}---\nkind: [\n`}), 'a.yaml');
  await t.rejects(runCommand(explain, ['-f', file]), {exitCode: 1, message: /a\.yaml:\d+: [^\n]+$/});
});

t.test('wrong usage is refused in one line', async (t) => {
  const cases: readonly (readonly [args: string[], message: string])[] = [
    [[], 'explain needs -f FILE, a folder, or - for standard input; or NAME -n NAMESPACE'],
    [['-n', 'tenants'], 'explain needs -f FILE, a folder, or - for standard input; or NAME -n NAMESPACE'],
    [['charlie'], 'explain charlie needs -n NAMESPACE'],
    [['charlie', '-n', 'tenants', '-f', '-'], 'explain takes -f or a NAME, not both: found charlie beside -f'],
    [['charlie', 'delta', '-n', 'tenants'], 'explain takes one NAME, found charlie delta'],
    [['tcp/charlie', '-n', 'tenants'], 'explain "tcp/charlie": no object can have this name'],
    [['', '-n', 'tenants'], 'explain "": no object can have this name'],
    [['charlie', '-n', '..'], '-n "..": no object can have this name'],
    [['-f', '-', '-n', 'tenants'], '-n goes with a NAME; with -f the manifests name the namespace'],
    [['-f', '-', '--kubeconfig', 'x'], '--kubeconfig goes with a NAME; -f asks no cluster'],
    [['-f', '-', '-o', 'yaml'], '-o yaml: expected json, or no -o for people'],
    [['-f'], "Option '-f, --filename <value>' argument missing"],
    [['--colour'], "Unknown option '--colour'"],
  ];
  for (const [args, message] of cases) {
    await t.rejects(runCommand(explain, args), {exitCode: 2, message}, args.join(' '));
  }
});

t.test('a cluster that does not answer is one line that names it, and the cure', async (t) => {
  const file = join(t.testdir({kubeconfig: kubeconfig({token: 'secret'})}), 'kubeconfig');
  await t.rejects(runCommand(explain, ['charlie', '-n', 'tenants', '--kubeconfig', file]), {
    exitCode: 1,
    message:
      /^https:\/\/127\.0\.0\.1:1: TenantControlPlane tenants\/charlie cannot be read: [^\n]*ECONNREFUSED; --kubeconfig or KUBECONFIG name another cluster$/,
  });
});

t.test('so are credentials that cannot be read', async (t) => {
  const file = join(
    t.testdir({kubeconfig: kubeconfig({'client-certificate': '/none', 'client-key': '/none'})}),
    'kubeconfig',
  );
  await t.rejects(runCommand(explain, ['charlie', '-n', 'tenants', '--kubeconfig', file]), {
    exitCode: 1,
    message: /^https:\/\/127\.0\.0\.1:1: TenantControlPlane tenants\/charlie cannot be read: ENOENT[^\n]*$/,
  });
});

function kubeconfig(user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user}],
    contexts: [{name: 'x', context: {cluster: 'c', user: 'u'}}],
    'current-context': 'x',
  });
}
