import {Writable} from 'node:stream';
import pino from 'pino';
import t from 'tap';
import {Agent, request} from 'undici';
import {AdmissionMetrics} from '../../src/admission/metrics.ts';
import {mutate} from '../../src/admission/mutation.ts';
import {createWebhookServer} from '../../src/admission/server.ts';
import {issueServingCertificate} from '../../src/certificates/issue.ts';
import {dig, stringAt} from '../../src/json.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';
import {admissionReview} from '../support/review.ts';

const {ca, certificate, privateKey} = await issueServingCertificate({
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  now: new Date(),
  days: 1,
});
const lines: string[] = [];
const destination = new Writable({
  write(chunk, _encoding, done) {
    lines.push(String(chunk));
    done();
  },
});
const server = createWebhookServer({
  certificate,
  privateKey,
  tlsMinVersion: '1.3',
  mutate,
  metrics: new AdmissionMetrics(),
  logger: pino(destination),
});
const url = await server.listen({host: '127.0.0.1', port: 0});
const dispatcher = new Agent({connect: {ca}});
t.teardown(async () => {
  await dispatcher.close();
  await server.close();
});

async function post(path: string, body: string, contentType = 'application/json') {
  const response = await request(`${url}${path}`, {
    method: 'POST',
    body,
    headers: {'content-type': contentType},
    dispatcher,
  });
  const text = await response.body.text();
  return {status: response.statusCode, body: text === '' ? undefined : (JSON.parse(text) as unknown)};
}

const undecided = capturedTenantControlPlane('alpha-ready');

t.test('answers a creation with one JSON patch, on both paths', async (t) => {
  for (const path of ['/mutate', '/mutate/namespace']) {
    const {status, body} = await post(path, JSON.stringify(admissionReview(undecided)));
    t.equal(status, 200);
    t.match(body, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true, patchType: 'JSONPatch'},
    });
    const patch: unknown = JSON.parse(Buffer.from(stringAt(body, 'response', 'patch') ?? '', 'base64').toString());
    t.strictSame(patch, [{op: 'add', path: '/metadata/annotations/kamaji-monitoring.io~1enabled', value: 'true'}]);
  }
});

t.test('answers without patch and patchType where there is nothing to do', async (t) => {
  const {body} = await post('/mutate', JSON.stringify(admissionReview(undecided, {operation: 'UPDATE'})));
  t.strictSame(dig(body, 'response'), {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    allowed: true,
    auditAnnotations: {reason: 'not-a-creation'},
  });
});

t.test('warns of a wrong value', async (t) => {
  const typo = {metadata: {annotations: {'kamaji-monitoring.io/enabled': 'flase'}}};
  const {body} = await post('/mutate', JSON.stringify(admissionReview(typo)));
  t.match(body, {response: {allowed: true, warnings: [/"flase" is neither "true" nor "false"/]}});
});

t.test('keys that are traps for JavaScript neither disturb nor get through to the prototype', async (t) => {
  const text = JSON.stringify(admissionReview({metadata: {name: 'x'}, spec: {nodeSelector: 'HERE'}}));
  const hostile = text.replace(
    '"HERE"',
    '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}',
  );
  const {status, body} = await post('/mutate', hostile);
  t.equal(status, 200);
  t.match(body, {response: {allowed: true, patchType: 'JSONPatch'}});
  t.notOk('polluted' in {});
});

t.test('what is no review is refused with 400 and a reason', async (t) => {
  const bodies: readonly (readonly [body: unknown, error: string])[] = [
    [null, 'the body is no JSON object'],
    [[], 'the body is no JSON object'],
    [{}, 'kind is not AdmissionReview'],
    [{kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1beta1'}, 'apiVersion is not admission.k8s.io/v1'],
    [{kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1'}, 'request is missing'],
    [admissionReview({}, {uid: 7}), 'request.uid is missing'],
  ];
  for (const [body, error] of bodies)
    t.strictSame(await post('/mutate', JSON.stringify(body)), {status: 400, body: {error}});
  t.equal((await post('/mutate', '{"kind":')).status, 400);
  t.equal((await post('/mutate', '{}', 'text/plain')).status, 415);
  t.equal((await post('/elsewhere', '{}')).status, 404);
});

t.test('a review of 3 MiB is answered, one over 7 MiB is refused', async (t) => {
  const big = (bytes: number) => JSON.stringify(admissionReview({metadata: {}, filler: 'x'.repeat(bytes)}));
  t.equal((await post('/mutate', big(3 * 1024 * 1024))).status, 200);
  t.equal((await post('/mutate', big(7 * 1024 * 1024))).status, 413);
});

t.test('each decision is one log line that names the object and why', async (t) => {
  lines.length = 0;
  await post('/mutate', JSON.stringify(admissionReview(undecided)));
  await post('/mutate', JSON.stringify(admissionReview(undecided, {operation: 'DELETE', object: null})));
  t.match(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      {msg: 'admission', namespace: 'tenants', name: 'alpha', dryRun: false, action: 'annotate'},
      {msg: 'admission', action: 'leave', reason: 'not-a-creation'},
    ],
  );
});
