import t from 'tap';
import type {JsonObject} from '../../../src/json.ts';
import {admissionReview} from '../../support/review.ts';
import {waitFor} from '../../support/wait.ts';
import {startWebhookProcess} from '../../support/webhook-process.ts';
import {judge} from '../../support/wire.ts';

const webhook = await startWebhookProcess();
t.teardown(() => webhook.stop());

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const UNDECIDED = {metadata: {name: 'alpha'}};
const ANNOTATED = [{op: 'add', path: '/metadata/annotations', value: {'kamaji-monitoring.io/enabled': 'true'}}];

const request = (changes: JsonObject) => admissionReview(UNDECIDED, changes);
const without = (field: string) => request({[field]: undefined});

const refusals: readonly (readonly [title: string, review: object, error: string])[] = [
  ['27 another kind', {...request({}), kind: 'Review'}, 'kind is not AdmissionReview'],
  ['27 no kind', {...request({}), kind: undefined}, 'kind is not AdmissionReview'],
  [
    '28 apiVersion v1beta1',
    {...request({}), apiVersion: 'admission.k8s.io/v1beta1'},
    'apiVersion is not admission.k8s.io/v1',
  ],
  ['29 apiVersion v2', {...request({}), apiVersion: 'admission.k8s.io/v2'}, 'apiVersion is not admission.k8s.io/v1'],
  ['29 no apiVersion', {...request({}), apiVersion: undefined}, 'apiVersion is not admission.k8s.io/v1'],
  ['30 no request', {...request({}), request: undefined}, 'request is missing'],
  ['30 request null', {...request({}), request: null}, 'request is missing'],
  ['30 request a list', {...request({}), request: []}, 'request is missing'],
  ['31 no uid', without('uid'), 'request.uid is missing'],
  ['31 an empty uid', request({uid: ''}), 'request.uid is missing'],
  ['31 a uid that is a number', request({uid: 7}), 'request.uid is missing'],
];
for (const [title, review, error] of refusals)
  t.test(`${title}: 400 and why`, async (t) => {
    t.match(await judge(webhook, review), {status: 400, error});
  });

for (const [title, uid] of [
  ['300 characters', 'u'.repeat(300)],
  ['control characters', 'a\r\nb\u0000\u2028"'],
] as const)
  t.test(`31 a uid of ${title} comes back as it is`, async (t) => {
    t.match(await judge(webhook, request({uid})), {status: 200, response: {uid, allowed: true}});
  });

const POD = {group: '', version: 'v1', kind: 'Pod'};
const DATA_STORE = {group: 'kamaji.clastix.io', version: 'v1alpha1', kind: 'DataStore'};
const passes: readonly (readonly [title: string, review: object, reason: string])[] = [
  ['32 no operation', without('operation'), 'not-a-creation'],
  ['32 operation in small letters', request({operation: 'create'}), 'not-a-creation'],
  ['32 CONNECT', request({operation: 'CONNECT'}), 'not-a-creation'],
  ['32 DELETE', request({operation: 'DELETE', object: null, oldObject: UNDECIDED}), 'not-a-creation'],
  ['32 operation a number', request({operation: 1}), 'not-a-creation'],
  ['33 UPDATE', request({operation: 'UPDATE', oldObject: UNDECIDED}), 'not-a-creation'],
  ['34 a Pod', request({kind: POD, resource: {...POD, resource: 'pods'}}), 'not-a-tenant-control-plane'],
  ['34 a DataStore', request({kind: DATA_STORE}), 'not-a-tenant-control-plane'],
  ['34 tenantcontrolplanes/status', request({subResource: 'status'}), 'not-a-tenant-control-plane'],
  ['34 no kind', without('kind'), 'not-a-tenant-control-plane'],
  ['43 requestKind is a TenantControlPlane, kind is not', request({kind: POD}), 'not-a-tenant-control-plane'],
];
for (const [title, review, reason] of passes)
  t.test(`${title}: allowed, no patch`, async (t) => {
    const {status, response} = await judge(webhook, review);
    t.equal(status, 200);
    t.strictSame(response, {uid: UID, allowed: true, auditAnnotations: {reason}});
  });

const text = JSON.stringify(request({}));
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const patches: readonly (readonly [title: string, review: object | string])[] = [
  ['35 no namespace', without('namespace')],
  ['36 generateName', admissionReview({metadata: {generateName: 'alpha-'}}, {name: undefined})],
  ['36 an empty name', admissionReview({metadata: {generateName: 'alpha-', name: ''}}, {name: ''})],
  ['38 a response in the request', {...request({}), response: {uid: 'x', allowed: false, patch: 'eA=='}}],
  ['39 fields of the future', {...request({future: {a: 1}, matchConditions: []}), future: 'x'}],
  ['40 the same key twice', text.replace('"operation":"CREATE"', '"operation":"DELETE","operation":"CREATE"')],
  ['41 10,000 levels', text.replace('"alpha"}', `"alpha","labels":${nested(10_000)}}`)],
  ['42 numbers beyond 2^53', text.replace('"alpha"}', '"alpha","generation":9007199254740993,"x":1e999}')],
  ['43 requestKind differs', request({requestKind: {group: 'kamaji.clastix.io', version: 'v9', kind: 'Other'}})],
  ['43 another version of the kind', request({kind: {...DATA_STORE, version: 'v2', kind: 'TenantControlPlane'}})],
];
for (const [title, review] of patches)
  t.test(`${title}: the patch as ever`, async (t) => {
    const {status, response, patch} = await judge(webhook, review);
    t.equal(status, 200);
    t.match(response, {uid: UID, allowed: true, patchType: 'JSONPatch', auditAnnotations: {reason: 'undecided'}});
    t.strictSame(patch, ANNOTATED);
  });

t.test('37 a dry run: the same patch, logged as such and not counted', async (t) => {
  const count = async () =>
    (await webhook.metrics()).get('admission_requests_total{decision="annotate",reason="undecided"}');
  const before = await count();
  t.ok(before);
  t.strictSame((await judge(webhook, request({dryRun: true}))).patch, ANNOTATED);
  t.equal(await count(), before);
  const line = await waitFor('the line', async () => webhook.lines.find((text) => text.includes('"dryRun":true')));
  t.match(JSON.parse(line), {msg: 'admission', action: 'annotate', reason: 'undecided'});
});

t.test('after all this the webhook runs, and no mistake of its own was counted', async (t) => {
  t.ok(webhook.isRunning());
  t.equal((await webhook.metrics()).get('admission_failures_total'), 0);
});
