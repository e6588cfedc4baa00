import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import t from 'tap';
import {startManagementCluster} from '../support/management-cluster.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const cluster = await startManagementCluster();
t.teardown(() => cluster.stop());
const {api} = cluster;
await cluster.createNamespace('plain');
await cluster.createNamespace('quiet', {[KEY]: 'false'});
await api.create(tenantControlPlanesPath('plain'), tenantControlPlane('undecided'));
await api.create(tenantControlPlanesPath('quiet'), tenantControlPlane('undecided'));
await api.create(tenantControlPlanesPath('quiet'), tenantControlPlane('decided', {annotations: {[KEY]: 'true'}}));
const {user} = cluster.controlPlane.adminIdentity;
const admin = await cluster.controlPlane.writeKubeconfig('admin', user);
const {server} = cluster.controlPlane;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a person runs it: the kubeconfig comes from the environment. */
function explain(kubeconfig: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = {PATH: process.env.PATH, KUBECONFIG: kubeconfig};
    const child = execFile(process.execPath, [MAIN, 'explain', ...args], {env}, (_error, stdout, stderr) => {
      resolve({code: child.exitCode ?? -1, stdout, stderr});
    });
  });
}

/** Of somebody who may read TenantControlPlanes, but no Namespace. */
async function readerKubeconfig(): Promise<string> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/plain';
  await api.create('/api/v1/namespaces/plain/serviceaccounts', {metadata: {name: 'reader'}});
  await api.create(`${rbac}/roles`, {
    metadata: {name: 'reader'},
    rules: [{apiGroups: ['kamaji.clastix.io'], resources: ['tenantcontrolplanes'], verbs: ['get']}],
  });
  await api.create(`${rbac}/rolebindings`, {
    metadata: {name: 'reader'},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader'},
    subjects: [{kind: 'ServiceAccount', name: 'reader', namespace: 'plain'}],
  });
  return cluster.serviceAccountKubeconfig('plain', 'reader');
}

const lastLine = ({stdout}: Ran) => stdout.trimEnd().split('\n').at(-1);

t.test('NAME -n NS reads the TenantControlPlane and the label of its Namespace from the cluster', async (t) => {
  const plain = await explain(admin, 'undecided', '-n', 'plain');
  t.match(plain, {code: 0, stderr: '', stdout: /^TenantControlPlane plain\/undecided\n/});
  t.equal(lastLine(plain), '→ monitored: nothing says otherwise and enrollment is opt-out');
  t.equal(
    lastLine(await explain(admin, 'undecided', '-n', 'quiet')),
    `→ not monitored: its namespace is labelled ${KEY}=false`,
  );
  t.equal(lastLine(await explain(admin, 'decided', '-n', 'quiet')), `→ monitored: its annotation ${KEY} is "true"`);
  const json = await explain('/none', 'decided', '-n', 'quiet', '--kubeconfig', admin, '-o', 'json');
  t.match(JSON.parse(json.stdout), [{namespace: 'quiet', name: 'decided', monitored: true, reason: 'annotation-true'}]);
});

t.test('a TenantControlPlane that is not there: exit code 1 and one line that names it and the cluster', async (t) => {
  t.strictSame(await explain(admin, 'none', '-n', 'plain'), {
    code: 1,
    stdout: '',
    stderr: `kamaji-monitoring: ${server}: there is no TenantControlPlane plain/none\n`,
  });
});

t.test('a Namespace that the user may not read: exit code 1 and the API server’s own words', async (t) => {
  const {code, stdout, stderr} = await explain(await readerKubeconfig(), 'undecided', '-n', 'plain');
  t.strictSame({code, stdout}, {code: 1, stdout: ''});
  t.match(
    stderr,
    /^kamaji-monitoring: \S+: Namespace plain cannot be read: [^\n]*"system:serviceaccount:plain:reader" cannot get [^\n]*\n$/,
  );
});

t.test('a cluster without Kamaji: exit code 1, and it asks whether this is the right one', async (t) => {
  await api.delete('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tenantcontrolplanes.kamaji.clastix.io');
  const line = `kamaji-monitoring: ${server}: no tenantcontrolplanes.kamaji.clastix.io here: is this the management cluster, and is Kamaji installed?\n`;
  const answer = await waitFor('the API server to stop serving them', async () => {
    const ran = await explain(admin, 'undecided', '-n', 'plain');
    return ran.stderr === line && ran;
  });
  t.equal(answer.code, 1);
});
