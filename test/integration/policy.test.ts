import t from 'tap';
import {DEFAULTS} from '../../src/config.ts';
import {decideEnrollment} from '../../src/enrollment.ts';
import {dig, stringAt} from '../../src/json.ts';
import {enabledAnnotation} from '../../src/tenant-control-plane.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {installManifests, isCalled, startWebhook} from '../support/product.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const KEY = 'kamaji-monitoring.io/enabled';
const WEBHOOK = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/kamaji-monitoring';

const cluster = await startManagementCluster();
t.teardown(() => cluster.stop());
const {api} = cluster;

const NAMESPACES: readonly {readonly name: string; readonly label?: string}[] = [
  {name: 'silent'},
  {name: 'yes', label: 'true'},
  {name: 'no', label: 'false'},
  {name: 'typo', label: 'maybe'},
  {name: 'kube-public'},
];
const VALUES = [undefined, 'true', 'false', 'flase', '', 'True'] as const;
for (const {name, label} of NAMESPACES) {
  if (name !== 'kube-public') await cluster.createNamespace(name, label === undefined ? {} : {[KEY]: label});
}

/** Creates one in every case of the table, and gives what was stored and how often somebody was warned. */
async function storedBy(prefix: string): Promise<readonly {readonly value: string | undefined; warnings: number}[]> {
  const stored = [];
  for (const {name: namespace} of NAMESPACES) {
    for (const [index, value] of VALUES.entries()) {
      const manifest = tenantControlPlane(
        `${prefix}-${index}`,
        value === undefined ? {} : {annotations: {[KEY]: value}},
      );
      const before = api.warnings.length;
      const created = await api.create(tenantControlPlanesPath(namespace), manifest);
      stored.push({value: enabledAnnotation(created), warnings: api.warnings.length - before});
    }
  }
  return stored;
}

const wanted = NAMESPACES.flatMap(({name, label}) =>
  VALUES.map((annotation) => {
    const excluded = DEFAULTS.excludedNamespaces.includes(name);
    const {monitored} = decideEnrollment({annotation, namespaceLabel: label, excluded, policy: 'opt-out'});
    return annotation ?? (monitored ? 'true' : undefined);
  }),
);

t.test('every case of the truth table: the webhook stores what the table says', async (t) => {
  await installManifests(cluster);
  const webhook = await startWebhook(cluster);
  t.strictSame(
    (await storedBy('webhook')).map(({value}) => value),
    wanted,
  );
  await webhook.stop();
  await api.delete(WEBHOOK);
});

t.test('every case of the truth table: the policy stores the same, and warns of every wrong value', async (t) => {
  await installManifests(cluster, ['policy.yaml']);
  await waitFor('the policy to be in force', () => isCalled(cluster));
  const warned = async () => {
    const before = api.warnings.length;
    const typo = tenantControlPlane('probe', {annotations: {[KEY]: 'flase'}});
    await api.create(`${tenantControlPlanesPath('silent')}?dryRun=All`, typo);
    return api.warnings.length > before;
  };
  await waitFor('the warnings to be in force', warned);
  const stored = await storedBy('policy');
  t.strictSame(
    stored.map(({value}) => value),
    wanted,
  );
  const isWrong = (value: string | undefined) => value !== undefined && value !== 'true' && value !== 'false';
  t.strictSame(
    stored.map(({warnings}) => warnings),
    wanted.map((value) => (isWrong(value) ? 1 : 0)),
  );
  t.match(api.warnings.at(-1), /kamaji-monitoring\.io\/enabled is neither \\?"true\\?" nor \\?"false\\?"/);
});

t.test('the policy is compiled without a complaint of the API server', async (t) => {
  for (const kind of ['mutatingadmissionpolicies', 'validatingadmissionpolicies']) {
    for (const policy of await api.list(`/apis/admissionregistration.k8s.io/v1/${kind}`)) {
      t.notOk(dig(policy, 'status', 'typeChecking', 'expressionWarnings'), stringAt(policy, 'metadata', 'name') ?? '');
    }
  }
});

t.test('a wrong value is told when it is written, not at every update after', async (t) => {
  const path = `${tenantControlPlanesPath('silent')}/policy-1`;
  const update = async (value: string, extra: string) => {
    const before = api.warnings.length;
    await api.mergePatch(path, {metadata: {annotations: {[KEY]: value, extra}}});
    return api.warnings.length - before;
  };
  t.equal(await update('flase', '1'), 1);
  t.equal(await update('flase', '2'), 0);
  t.equal(await update('false', '3'), 0);
});

t.test('the policy is kept like the webhook: dry runs, applies and generated names', async (t) => {
  const path = tenantControlPlanesPath('silent');
  t.equal(enabledAnnotation(await api.create(`${path}?dryRun=All`, tenantControlPlane('dry'))), 'true');
  const applied = await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl');
  t.equal(enabledAnnotation(applied), 'true');
  t.equal(enabledAnnotation(await api.apply(`${path}/applied`, tenantControlPlane('applied'), 'kubectl')), 'true');
  const {metadata: _metadata, ...manifest} = tenantControlPlane('x') as {metadata: object};
  t.equal(enabledAnnotation(await api.create(path, {...manifest, metadata: {generateName: 'made-'}})), 'true');
});
