import t from 'tap';
import {capturedTenantControlPlane} from '../../support/fixtures.ts';
import {admissionReview} from '../../support/review.ts';
import {waitFor} from '../../support/wait.ts';
import {startWebhookProcess} from '../../support/webhook-process.ts';
import {judge} from '../../support/wire.ts';

const webhook = await startWebhookProcess();
t.teardown(() => webhook.stop());

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const KEY = 'kamaji-monitoring.io/enabled';
const MAP = [{op: 'add', path: '/metadata/annotations', value: {[KEY]: 'true'}}];
const ENTRY = [{op: 'add', path: '/metadata/annotations/kamaji-monitoring.io~1enabled', value: 'true'}];

const noted = (annotations: unknown) => ({metadata: {name: 'alpha', annotations}});
const many = (count: number, length: number) =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`example.com/${index}`, 'x'.repeat(length)]));
/** As text, because an object literal with `__proto__` has no such key. */
const TRAPS = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"prototype":"p"}';
const trapped = (object: object) => JSON.stringify(admissionReview(object)).replaceAll('"TRAPS"', TRAPS);

const annotated: readonly (readonly [title: string, review: object | string, patch: unknown])[] = [
  ['46 no annotations', admissionReview({metadata: {name: 'alpha'}}), MAP],
  ['47 annotations null', admissionReview(noted(null)), MAP],
  ['48 annotations {}', admissionReview(noted({})), ENTRY],
  ['48 a captured TenantControlPlane', admissionReview(capturedTenantControlPlane('alpha-ready')), ENTRY],
  [
    '55 keys with ~, / and ~1',
    admissionReview(noted({'a~b/c': '1', 'a~1b': '2', 'kamaji-monitoring.io~1enabled': 'true'})),
    ENTRY,
  ],
  [
    '55 keys that look like ours',
    admissionReview(noted({'kamaji-monitoring.io/Enabled': 'true', [`${KEY} `]: 'x'})),
    ENTRY,
  ],
  ['56 traps as annotations', trapped(noted('TRAPS')), ENTRY],
  ['56 traps in metadata', trapped({metadata: 'TRAPS'}), MAP],
  ['56 traps as spec', trapped({metadata: {}, spec: {nodeSelector: 'TRAPS', tolerations: ['TRAPS']}}), MAP],
  ['56 names of methods', admissionReview(noted({toString: 'x', hasOwnProperty: 'y', valueOf: 'z'})), ENTRY],
  ['57 256 KiB of annotations', admissionReview(noted(many(4, 64 * 1024))), ENTRY],
  ['58 10,000 annotations', admissionReview(noted(many(10_000, 1))), ENTRY],
  ['61 deletionTimestamp', admissionReview({metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}}), MAP],
  [
    '62 owned by Cluster API',
    admissionReview({metadata: {ownerReferences: [{kind: 'KamajiControlPlane', uid: '1', controller: true}]}}),
    MAP,
  ],
  [
    '63 managedFields of 1 MiB',
    admissionReview({metadata: {managedFields: [{fieldsV1: {x: 'x'.repeat(1024 * 1024)}}]}}),
    MAP,
  ],
];
for (const [title, review, expected] of annotated)
  t.test(`${title}: one patch of our annotation`, async (t) => {
    const {status, response, patch} = await judge(webhook, review);
    t.equal(status, 200);
    t.match(response, {uid: UID, allowed: true, patchType: 'JSONPatch'});
    t.strictSame(patch, expected);
    t.ok(JSON.stringify(response).length < 4096);
  });

const untouched: readonly (readonly [title: string, object: unknown, reason: string])[] = [
  ['44 object null', null, 'not-annotatable'],
  ['44 object a text', 'x', 'not-annotatable'],
  ['45 no metadata', {spec: {}}, 'not-annotatable'],
  ['45 metadata null', {metadata: null}, 'not-annotatable'],
  ['45 metadata a list', {metadata: []}, 'not-annotatable'],
  ['49 annotations a list', noted([]), 'not-annotatable'],
  ['49 annotations a text', noted('x'), 'not-annotatable'],
  ['49 annotations a number', noted(0), 'not-annotatable'],
  ['49 annotations false', noted(false), 'not-annotatable'],
  ['50 "true"', noted({[KEY]: 'true'}), 'decided'],
  ['51 "false"', noted({[KEY]: 'false'}), 'decided'],
];
for (const [title, object, reason] of untouched)
  t.test(`${title}: untouched`, async (t) => {
    const {status, response} = await judge(webhook, admissionReview(object));
    t.equal(status, 200);
    t.strictSame(response, {uid: UID, allowed: true, auditAnnotations: {reason}});
  });

const wrong: readonly (readonly [title: string, value: unknown])[] = [
  ['52 ""', ''],
  ...['TRUE', ' true ', 'flase', 'yes', 'true\n'].map((value) => [`53 ${JSON.stringify(value)}`, value] as const),
  ...[true, 1, null, {}, ['true']].map((value) => [`54 ${JSON.stringify(value)}`, value] as const),
  ['59 U+2028, NUL, ANSI, CRLF', '\u2028\u0000\u001b[31m\u009b31m\u0085\u007f\r\n{"level":"info"}'],
];
for (const [title, value] of wrong)
  t.test(`${title}: untouched, and a warning that the API server passes on`, async (t) => {
    const {status, response} = await judge(webhook, admissionReview(noted({[KEY]: value})));
    t.equal(status, 200);
    t.match(response, {uid: UID, allowed: true, auditAnnotations: {reason: 'invalid-value'}});
    t.notOk('patch' in response);
    t.match(response.warnings, [/^[\p{L}\p{N}\p{P}\p{S} ]{1,256}$/u]);
  });

const names: readonly (readonly [title: string, name: string])[] = [
  ['59 CRLF', 'a\r\n{"level":"info","msg":"forged"}'],
  ['59 U+2028 and U+2029', 'a\u2028forged\u2029'],
  ['59 NUL and ANSI escapes', '\u0000\u001b[2J\u009b31m'],
  ['60 emoji', '😀'],
  ['60 half an emoji', '\ud83d'],
  ['60 from right to left', 'שלום\u202eabc'],
];
for (const [title, name] of names)
  t.test(`${title} in names: one line of the log that reads back`, async (t) => {
    const uid = `the one for ${title}`;
    t.strictSame((await judge(webhook, admissionReview({metadata: {name}}, {uid, name, namespace: name}))).patch, MAP);
    const line = await waitFor('the line', async () => webhook.lines.find((text) => text.includes(uid)));
    const logged = name.toWellFormed();
    t.match(JSON.parse(line), {msg: 'admission', name: logged, namespace: logged});
    t.match(line, /^[\p{L}\p{N}\p{P}\p{S} ]+$/u);
  });

t.test('59 every line of the log is one that the webhook wrote', async (t) => {
  for (const line of webhook.lines) t.match(JSON.parse(line), {role: 'webhook', msg: /^(ready|admission)$/});
});

t.test('after all this the webhook runs, and no mistake of its own was counted', async (t) => {
  t.ok(webhook.isRunning());
  t.equal((await webhook.metrics()).get('admission_failures_total'), 0);
  t.notOk('polluted' in {});
});
