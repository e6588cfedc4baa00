import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {parseAllDocuments} from 'yaml';
import {render} from '../../src/commands/render.ts';
import {stringAt} from '../../src/json.ts';
import {runCommand} from '../support/command.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';

const CHARLIE = `apiVersion: kamaji.clastix.io/v1alpha1
kind: TenantControlPlane
metadata: {name: charlie, namespace: default}
spec: {networkProfile: {port: 30001}}
`;

function namesOf(yaml: string): string[] {
  const documents = [...parseAllDocuments(yaml)].map((document) => document.toJS() as unknown);
  return documents.map((object) => `${stringAt(object, 'kind')}/${stringAt(object, 'metadata', 'name')}`);
}

t.test('prints the objects of a manifest in the order in which they are made, always the same bytes', async (t) => {
  const file = join(t.testdir({'tcp.yaml': CHARLIE}), 'tcp.yaml');
  const first = await runCommand(render, ['-f', file]);
  t.equal(first.code, 0);
  t.equal(
    first.stderr,
    `${file}:1: TenantControlPlane default/charlie needs the Secret charlie-monitoring-client, which only a running controller issues\n`,
  );
  t.strictSame(namesOf(first.stdout), [
    'Role/prometheus-secret-reader-charlie',
    'RoleBinding/prometheus-secret-access-charlie',
    'Service/charlie-metrics',
    'ServiceMonitor/kube-prometheus-stack-tcp-charlie',
  ]);
  t.strictSame(await runCommand(render, ['-f', file]), first);
  t.match(first.stdout, 'targetPort: 30001');
  t.notMatch(first.stdout, /managed-by|ownerReferences|^#|^ *#/m);
  t.equal(first.stdout, readFileSync(new URL('../fixtures/render/charlie.yaml', import.meta.url), 'utf8'));
});

t.test('with Kamaji’s own certificate nobody has to issue anything', async (t) => {
  const dir = t.testdir({'tcp.yaml': CHARLIE, 'config.yaml': 'credential: kubelet-client\n'});
  const {stdout, stderr} = await runCommand(render, [
    '-f',
    join(dir, 'tcp.yaml'),
    '--config',
    join(dir, 'config.yaml'),
  ]);
  t.equal(stderr, '');
  t.equal(stdout.match(/charlie-api-server-kubelet-client-certificate/g)?.length, 7);
  t.notMatch(stdout, /serverName|monitoring-client/);
});

t.test('prints the same for standard input, and owner and managed-by only for an object of a cluster', async (t) => {
  const {stdout} = await runCommand(render, ['-f', '-'], {
    stdin: JSON.stringify(capturedTenantControlPlane('beta-ready')),
  });
  t.equal(stdout.match(/uid: /g)?.length, 4);
  t.equal(stdout.match(/managed-by: kamaji-monitoring/g)?.length, 4);
});

t.test('takes several files, folders in the order of names, several documents and lists', async (t) => {
  const dir = t.testdir({
    'z.yaml': CHARLIE.replace('charlie', 'z'),
    sub: {
      'b.json': JSON.stringify({kind: 'List', items: [capturedTenantControlPlane('alpha-ready')]}),
      'ignored.txt': 'x: [',
    },
    'a.yml': `---\n${CHARLIE.replace('charlie', 'a1')}---\n---\n${CHARLIE.replace('charlie', 'a2')}`,
    'other.yaml': CHARLIE.replace('charlie', 'other'),
  });
  const {stdout} = await runCommand(render, ['-f', join(dir, 'other.yaml'), '--filename', dir]);
  const services = namesOf(stdout).filter((name) => name.startsWith('Service/'));
  t.strictSame(
    services,
    ['other', 'a1', 'a2', 'other', 'alpha', 'z'].map((name) => `Service/${name}-metrics`),
  );
});

t.test('passes over what is no TCP or not monitored, and says why on stderr', async (t) => {
  const off = CHARLIE.replace('{name: charlie', '{annotations: {kamaji-monitoring.io/enabled: "false"}, name: off');
  const typo = CHARLIE.replace('{name: charlie', '{annotations: {kamaji-monitoring.io/enabled: "on"}, name: typo');
  const input = [
    'kind: ConfigMap',
    off,
    typo,
    CHARLIE.replace('default', 'kube-system'),
    CHARLIE.replace('charlie', 'a.b'),
    CHARLIE.replace('name: charlie', 'generateName: x-'),
    'kind: Namespace\nmetadata: {name: quiet, labels: {kamaji-monitoring.io/enabled: "false"}}',
    CHARLIE.replace('default', 'quiet'),
  ];
  const {code, stdout, stderr} = await runCommand(render, ['-f', '-'], {stdin: input.join('\n---\n')});
  t.equal(code, 0);
  t.equal(stdout, '');
  const tcp = '(stdin):LINE: passed over: TenantControlPlane';
  t.strictSame(stderr.replaceAll(/:\d+:/g, ':LINE:').trimEnd().split('\n'), [
    '(stdin):LINE: passed over: ConfigMap is no TenantControlPlane of Kamaji',
    `${tcp} default/off: its annotation kamaji-monitoring.io/enabled is "false"`,
    `${tcp} default/typo: its annotation kamaji-monitoring.io/enabled is neither "true" nor "false"`,
    `${tcp} kube-system/charlie: its namespace is listed in excludedNamespaces`,
    `${tcp} default/a.b cannot be monitored: its name "a.b" is no DNS label of at most 63 characters, so its pods cannot carry it as a label`,
    `${tcp} default/ cannot be monitored: it has no metadata.name`,
    '(stdin):LINE: passed over: Namespace is no TenantControlPlane of Kamaji',
    `${tcp} quiet/charlie: its namespace is labelled kamaji-monitoring.io/enabled=false`,
  ]);
});

t.test('an empty input prints nothing', async (t) => {
  t.strictSame(await runCommand(render, ['-f', '-']), {code: 0, stdout: '', stderr: ''});
});

t.test('a broken file is refused by name and line, and nothing is printed', async (t) => {
  const dir = t.testdir({'a.yaml': CHARLIE, 'b.yaml': `${CHARLIE}---\nkind: X\nspec: {a: [1, 2}\n`});
  await t.rejects(runCommand(render, ['-f', dir]), {exitCode: 1, message: /^\S+\/b\.yaml:7: [^\n]+$/});
  await t.rejects(runCommand(render, ['-f', join(dir, 'none.yaml')]), {
    exitCode: 1,
    message: /none\.yaml: cannot be read \(ENOENT\)$/,
  });
});

t.test('wrong usage is refused in one line', async (t) => {
  await t.rejects(runCommand(render, []), {
    exitCode: 2,
    message: 'render needs -f FILE, a folder, or - for standard input',
  });
  await t.rejects(runCommand(render, ['--colour']), {exitCode: 2, message: /^Unknown option '--colour'/});
});
