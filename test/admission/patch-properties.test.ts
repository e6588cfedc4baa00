import fc from 'fast-check';
import pino from 'pino';
import {applyPatch} from 'rfc6902';
import t from 'tap';
import {admit} from '../../src/admission/admit.ts';
import {AdmissionMetrics} from '../../src/admission/metrics.ts';
import {mutate} from '../../src/admission/mutation.ts';
import {type AdmissionResponse, decodeReview} from '../../src/admission/review.ts';
import {dig, isObject} from '../../src/json.ts';
import {admissionReview} from '../support/review.ts';

const RUNS = 100_000;
const RESPONSE_LIMIT_BYTES = 4096;
const KEY = 'kamaji-monitoring.io/enabled';

/** Keys that mean something to us, to JSON pointers or to JavaScript, among any others. */
const key = fc.oneof(
  fc.constantFrom(KEY, `${KEY}~1`, 'kamaji-monitoring.io~1enabled', 'a/b~c', '~0', '', '-', '0'),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'metadata', 'annotations'),
  fc.string({maxLength: 8, unit: 'binary'}),
);
const decision = fc.oneof(
  fc.constantFrom('true', 'false', '', 'TRUE', ' true '),
  fc.string({maxLength: 60, unit: 'binary'}),
);
const json = fc.jsonValue({maxDepth: 2});
const annotations = fc.oneof(
  {weight: 4, arbitrary: fc.dictionary(key, fc.oneof(decision, json), {maxKeys: 5})},
  fc.constantFrom(undefined, null, {}),
  json,
);
const metadata = fc.oneof(
  {weight: 8, arbitrary: fc.record({name: fc.string({maxLength: 8}), annotations}, {requiredKeys: []})},
  {weight: 2, arbitrary: fc.dictionary(key, json, {maxKeys: 3})},
  json,
);
const object = fc.oneof(
  {weight: 9, arbitrary: fc.record({metadata, spec: fc.dictionary(key, json, {maxKeys: 2})}, {requiredKeys: []})},
  json,
);
const mostly = <T>(usual: T, arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({weight: 9, arbitrary: fc.constant(usual)}, arbitrary);
const changes = fc.record(
  {
    operation: mostly<unknown>('CREATE', fc.oneof(fc.constantFrom('UPDATE', 'DELETE', 'create'), json)),
    subResource: mostly<unknown>(undefined, fc.constantFrom('status', 'scale')),
    dryRun: fc.boolean(),
    uid: fc.uuid(),
  },
  {requiredKeys: ['uid']},
);

const options = {mutate, metrics: new AdmissionMetrics(), logger: pino({enabled: false})};

function respond(review: unknown): AdmissionResponse {
  const request = decodeReview(review);
  if (typeof request === 'string') throw new Error(request);
  return admit(request, options).response;
}

/** The table of the README in other words than the product's: may this be annotated, and is it undecided? */
function shouldPatch(review: unknown): boolean {
  const request = dig(review, 'request');
  if (dig(request, 'operation') !== 'CREATE' || dig(request, 'subResource') !== undefined) return false;
  const found = dig(request, 'object', 'metadata');
  if (!isObject(found)) return false;
  if (!Object.keys(found).includes('annotations') || found.annotations === null) return true;
  return isObject(found.annotations) && !Object.keys(found.annotations).includes(KEY);
}

/** The document after the patch, and the same with our key taken out again. */
function applied(text: string, patch: string): {readonly patched: unknown; readonly restored: string} {
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as Parameters<typeof applyPatch>[1];
  const patched = JSON.parse(text) as {metadata: {annotations?: Record<string, unknown> | null}};
  const before = patched.metadata.annotations;
  const failures = applyPatch(patched, operations).filter((failure) => failure !== null);
  if (failures.length > 0) throw failures[0];
  const copy = JSON.parse(JSON.stringify(patched)) as typeof patched;
  if (copy.metadata.annotations?.[KEY] !== 'true') throw new Error('the annotation is not there');
  delete copy.metadata.annotations[KEY];
  if (before === undefined) delete copy.metadata.annotations;
  if (before === null) copy.metadata.annotations = null;
  return {patched, restored: JSON.stringify(copy)};
}

t.test(`${RUNS} reviews: a patch applies, adds one key and no more, and is not made twice`, async (t) => {
  let patches = 0;
  const holds = fc.property(object, changes, (anyObject, anyChanges) => {
    const review: unknown = JSON.parse(JSON.stringify(admissionReview(anyObject, anyChanges)));
    const response = respond(review);
    if (response.uid !== anyChanges.uid || !response.allowed) throw new Error('refused, or another uid');
    if (Buffer.byteLength(JSON.stringify(response)) > RESPONSE_LIMIT_BYTES) throw new Error('a long response');
    if ((response.patch !== undefined) !== shouldPatch(review)) throw new Error('a patch where none belongs, or none');
    if (response.patch === undefined) return;
    patches++;
    const text = JSON.stringify(dig(review, 'request', 'object'));
    const {patched, restored} = applied(text, response.patch);
    if (restored !== text) throw new Error('more than the one key differs');
    const again = respond(JSON.parse(JSON.stringify(admissionReview(patched, anyChanges))));
    if (again.patch !== undefined || again.auditAnnotations.reason !== 'decided') throw new Error('not idempotent');
  });
  fc.assert(holds, {numRuns: RUNS});
  t.ok(patches > RUNS / 5, `${patches} patches`);
});
