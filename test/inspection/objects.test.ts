import jsonpatch, {type Operation} from 'fast-json-patch';
import t from 'tap';
import type {Config} from '../../src/config.ts';
import type {ObjectsEvidence} from '../../src/diagnosis/evidence.ts';
import {readCluster} from '../../src/inspection/cluster.ts';
import {inspectObjects, isSecretThere} from '../../src/inspection/objects.ts';
import {type JsonObject, stringAt} from '../../src/json.ts';
import {ConnectionError} from '../../src/kube/errors.ts';
import {CONFIG} from '../support/evidence.ts';
import {type FakeCluster, fakeCluster} from '../support/fake-cluster.ts';
import {childrenOf, RELEASE, tenantObject} from '../support/monitored-cluster.ts';

const ALPHA = tenantObject('alpha');
const MONITOR = 'kube-prometheus-stack-tcp-alpha';
const MISSING_MONITOR = {kind: 'ServiceMonitor', name: MONITOR};

/** TenantControlPlane `tenants/alpha` with all that is made for it, and `extra` beside it. */
function healthy(...extra: readonly object[]): FakeCluster {
  return fakeCluster([ALPHA, ...childrenOf(ALPHA), ...extra]);
}

async function inspect(
  cluster: FakeCluster,
  {config = CONFIG, isConfigKnown = true}: {readonly config?: Config; readonly isConfigKnown?: boolean} = {},
): Promise<ObjectsEvidence> {
  const read = await readCluster(cluster.client, undefined);
  const [tcp] = read.tenantControlPlanes.items;
  if (tcp === undefined) throw new Error('no TenantControlPlane');
  cluster.asked.length = 0;
  return inspectObjects({client: cluster.client, cluster: read, tcp, config, isConfigKnown, found: RELEASE});
}

function without(cluster: FakeCluster, kind: string): FakeCluster {
  const index = cluster.objects.findIndex((object) => object.kind === kind);
  cluster.objects.splice(index, 1);
  return cluster;
}

/** The one object of a kind is changed by hand. */
function damaged(kind: string, ...operations: readonly Operation[]): FakeCluster {
  const cluster = healthy();
  const index = cluster.objects.findIndex((object) => object.kind === kind);
  const object = structuredClone(cluster.objects[index]);
  cluster.objects[index] = jsonpatch.applyPatch(object, operations).newDocument as JsonObject;
  return cluster;
}

t.test('all that is there is as it should be: nothing to tell, nothing more is asked', async (t) => {
  const cluster = healthy();
  const {missing, foreign, differing, kindKnown, credential, monitor} = await inspect(cluster);
  t.strictSame({missing, foreign, differing, kindKnown}, {missing: [], foreign: [], differing: [], kindKnown: true});
  t.match(monitor, {name: MONITOR, labels: RELEASE, createdAt: new Date('2026-11-23T16:38:00Z')});
  t.strictSame(credential, {
    mode: 'dedicated',
    secretName: 'alpha-monitoring-client',
    notAfter: new Date('2027-02-21T17:00:00Z'),
    authorityChecksum: stringAt(ALPHA, 'status', 'certificates', 'ca', 'checksum'),
    isSecretThere: undefined,
    refusal: undefined,
  });
  t.strictSame(cluster.asked, []);
});

t.test('one that is not there is missing, after it was looked for by its name', async (t) => {
  const cluster = without(healthy(), 'Service');
  t.match(await inspect(cluster), {missing: [{kind: 'Service', name: 'alpha-metrics'}], foreign: [], differing: []});
  t.strictSame(cluster.asked, ['get services tenants/alpha-metrics']);
});

t.test('one of that name that is not ours is in the way, and is told why', async (t) => {
  const cluster = damaged('Service', {op: 'remove', path: '/metadata/labels/app.kubernetes.io~1managed-by'});
  t.match(await inspect(cluster), {
    missing: [],
    foreign: [{kind: 'Service', name: 'alpha-metrics', why: /lacks the label app\.kubernetes\.io\/managed-by/}],
  });
});

const DAMAGES: readonly (readonly [
  title: string,
  kind: string,
  operation: Operation,
  fields: readonly string[],
  isOfConfig: boolean,
])[] = [
  [
    'another type of the Service',
    'Service',
    {op: 'replace', path: '/spec/type', value: 'NodePort'},
    ['/spec/type'],
    false,
  ],
  ['a rule of the Role', 'Role', {op: 'add', path: '/rules/0/verbs/-', value: 'list'}, ['/rules'], false],
  [
    'the role of the RoleBinding',
    'RoleBinding',
    {op: 'replace', path: '/roleRef/name', value: 'admin'},
    ['/roleRef cannot be changed'],
    false,
  ],
  [
    'a subject of the RoleBinding, which is the configuration’s',
    'RoleBinding',
    {op: 'replace', path: '/subjects/0/name', value: 'other'},
    ['/subjects'],
    true,
  ],
  [
    'the interval of the ServiceMonitor, which is the configuration’s',
    'ServiceMonitor',
    {op: 'replace', path: '/spec/endpoints/0/interval', value: '30s'},
    ['/spec'],
    true,
  ],
  [
    'a label of the ServiceMonitor, which is the configuration’s',
    'ServiceMonitor',
    {op: 'replace', path: '/metadata/labels/release', value: 'other'},
    ['/metadata/labels/release'],
    true,
  ],
];
for (const [title, kind, operation, fields, isOfConfig] of DAMAGES) {
  t.test(`differs: ${title}${isOfConfig ? ', so only with --config' : ''}`, async (t) => {
    const differing = [{kind, fields}];
    t.match(await inspect(damaged(kind, operation)), {missing: [], foreign: [], differing});
    const guessed = await inspect(damaged(kind, operation), {isConfigKnown: false});
    if (isOfConfig) t.strictSame(guessed.differing, []);
    else t.match(guessed, {differing});
  });
}

t.test('without --config the ServiceMonitor is known by its owner, under whatever name', async (t) => {
  const renamed = () => damaged('ServiceMonitor', {op: 'replace', path: '/metadata/name', value: 'tcp-alpha'});
  t.match(await inspect(renamed(), {isConfigKnown: false}), {missing: [], monitor: {name: 'tcp-alpha'}});
  t.match(await inspect(renamed()), {missing: [MISSING_MONITOR]}, 'with it the name is known');
});

t.test(
  'of several ServiceMonitors in the namespace it is the one that it owns, also beside another owner',
  async (t) => {
    const cluster = fakeCluster([ALPHA, ...childrenOf(tenantObject('beta')), ...childrenOf(ALPHA)]);
    t.match(await inspect(cluster), {missing: [], monitor: {name: MONITOR}});
    const owner = {op: 'add', path: '/metadata/ownerReferences/0', value: {kind: 'X', name: 'x', uid: 'x'}} as const;
    t.match(await inspect(damaged('ServiceMonitor', owner)), {foreign: [], monitor: {name: MONITOR}});
  },
);

t.test('what may not be seen is not judged: a whole kind', async (t) => {
  for (const plural of ['roles', 'rolebindings', 'services', 'servicemonitors']) {
    const cluster = fakeCluster([ALPHA]);
    cluster.refused.set(`list ${plural}`, 403);
    const {missing, kindKnown} = await inspect(cluster);
    t.notOk(
      missing.some(({kind}) => `${kind.toLowerCase()}s` === plural),
      plural,
    );
    t.equal(missing.length, 3);
    t.equal(kindKnown, true);
  }
});

t.test('what may not be seen is not judged: an object that carries no label of ours', async (t) => {
  const cluster = without(healthy(), 'Service');
  cluster.refused.set('get services', 403);
  t.match(await inspect(cluster), {missing: [], foreign: [], differing: []});
});

t.test('a cluster without the kind ServiceMonitor: that is told, and no monitor is missing', async (t) => {
  const cluster = without(healthy(), 'ServiceMonitor');
  cluster.refused.set('servicemonitors', 404);
  t.match(await inspect(cluster), {
    kindKnown: false,
    missing: [],
    monitor: undefined,
    credential: {refusal: undefined},
  });
});

t.test('the credential is the one of the ServiceMonitor, whatever the configuration says', async (t) => {
  const secret = 'alpha-api-server-kubelet-client-certificate';
  const cluster = damaged('ServiceMonitor', {
    op: 'replace',
    path: '/spec/endpoints/0/tlsConfig/keySecret/name',
    value: secret,
  });
  const {credential, differing} = await inspect(cluster, {isConfigKnown: false});
  t.match(credential, {mode: 'kubelet-client', secretName: secret, notAfter: undefined, authorityChecksum: undefined});
  t.match(differing, [{kind: 'Role', fields: ['/rules']}], 'and the Role must name it');
});

t.test('where there is no ServiceMonitor yet, it is the one of the configuration', async (t) => {
  const mode = async (credential: Config['credential']) =>
    (await inspect(without(healthy(), 'ServiceMonitor'), {config: {...CONFIG, credential}})).credential.mode;
  t.equal(await mode('dedicated'), 'dedicated');
  t.equal(await mode('kubelet-client'), 'kubelet-client');
});

const uid = stringAt(ALPHA, 'metadata', 'uid');
const checksum = stringAt(ALPHA, 'status', 'certificates', 'ca', 'checksum');
const CA = {
  kind: 'Secret',
  metadata: {
    namespace: 'tenants',
    name: 'alpha-ca',
    annotations: {'kamaji.clastix.io/checksum': checksum},
    ownerReferences: [{kind: 'TenantControlPlane', name: 'alpha', uid, controller: true}],
  },
};
const foreignCa = {...CA, metadata: {...CA.metadata, ownerReferences: []}};
const ownSecret = (labels: object) => ({
  kind: 'Secret',
  metadata: {namespace: 'tenants', name: 'alpha-monitoring-client', labels, ownerReferences: [{uid}]},
});
const ours = ownSecret({'app.kubernetes.io/managed-by': 'kamaji-monitoring'});

const REFUSALS: readonly (readonly [title: string, secrets: readonly object[], refusal: object | undefined])[] = [
  ['the CA is Kamaji’s and nothing is in the way: it is merely too early', [CA], undefined],
  ['our Secret is there: it is merely too early', [CA, ours], undefined],
  [
    'a Secret that is not ours is in the way',
    [CA, ownSecret({})],
    {code: 'secret-foreign', secretName: 'alpha-monitoring-client'},
  ],
  [
    'the CA is not there',
    [],
    {code: 'authority-untrusted', secretName: 'alpha-ca', why: 'the CA Secret alpha-ca is not there'},
  ],
  [
    'the CA is not Kamaji’s',
    [foreignCa],
    {
      code: 'authority-untrusted',
      secretName: 'alpha-ca',
      why: 'the CA Secret alpha-ca does not belong to this TenantControlPlane',
    },
  ],
];
for (const [title, secrets, refusal] of REFUSALS) {
  t.test(`why there is no certificate: ${title}`, async (t) => {
    const cluster = without(healthy(...secrets), 'ServiceMonitor');
    const {credential, missing} = await inspect(cluster);
    t.match(missing, [MISSING_MONITOR]);
    t.strictSame(credential.refusal, refusal);
    t.ok(
      cluster.asked
        .filter((request) => request.includes('secrets'))
        .every((asked) => asked.startsWith('get metadata of')),
      'only the metadata of Secrets is read',
    );
  });
}

t.test('why there is no certificate: what may not be seen is not judged', async (t) => {
  const cluster = without(healthy(foreignCa, ownSecret({})), 'ServiceMonitor');
  cluster.refused.set('secrets', 403);
  t.match(await inspect(cluster), {missing: [MISSING_MONITOR], credential: {refusal: undefined}});
});

t.test('why there is no certificate: the status names another CA', async (t) => {
  const cluster = without(healthy(CA), 'ServiceMonitor');
  const [tcp] = cluster.objects;
  const status = {certificates: {ca: {secretName: 'other', checksum}}};
  cluster.objects[0] = {...tcp, status};
  t.match(await inspect(cluster), {
    credential: {
      refusal: {
        code: 'authority-untrusted',
        secretName: 'alpha-ca',
        why: 'its status names the CA Secret other where Kamaji writes alpha-ca',
      },
    },
  });
});

t.test('why there is no certificate is not asked before Kamaji has made a CA, and never of Kamaji’s own', async (t) => {
  const early = without(healthy(), 'ServiceMonitor');
  const [tcp] = early.objects;
  early.objects[0] = {...tcp, status: {}};
  t.match(await inspect(early), {credential: {refusal: undefined}});
  const kubelet = without(healthy(), 'ServiceMonitor');
  t.match(await inspect(kubelet, {config: {...CONFIG, credential: 'kubelet-client'}}), {
    credential: {refusal: undefined},
  });
  for (const {asked} of [early, kubelet]) t.notMatch(asked.join(), 'secrets');
});

t.test('a Secret is there, not there, or nobody may know', async (t) => {
  const cluster = healthy(CA);
  const isThere = (name: string) => isSecretThere(cluster.client, 'tenants', name);
  t.equal(await isThere('alpha-ca'), true);
  t.equal(await isThere('other'), false);
  cluster.refused.set('get metadata of secrets', 403);
  t.equal(await isThere('alpha-ca'), undefined);
});

t.test('a connection that is lost is an error and no missing object', async (t) => {
  const cluster = without(healthy(), 'Service');
  cluster.refused.set('get services', new ConnectionError('GET /x', new Error('socket hang up')));
  await t.rejects(inspect(cluster), {code: 'CLUSTER'});
});
