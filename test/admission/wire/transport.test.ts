import {once} from 'node:events';
import https from 'node:https';
import {connect} from 'node:net';
import {gzipSync} from 'node:zlib';
import t from 'tap';
import {BODY_LIMIT_BYTES} from '../../../src/admission/limits.ts';
import {admissionReview} from '../../support/review.ts';
import {waitFor} from '../../support/wait.ts';
import {startWebhookProcess} from '../../support/webhook-process.ts';
import {ask, converse, judge, rawRequest, readAll, statuses} from '../../support/wire.ts';

const webhook = await startWebhookProcess();
t.teardown(() => webhook.stop());

const REVIEW = JSON.stringify(admissionReview({metadata: {name: 'alpha'}}));
const JSON_TYPE = {'content-type': 'application/json'};
const rejected = async (cause: string) =>
  (await webhook.metrics()).get(`admission_rejected_total{cause="${cause}"}`) ?? 0;

/** A review of exactly so many bytes. */
function reviewOf(bytes: number): string {
  const empty = JSON.stringify(admissionReview({metadata: {}, filler: ''}));
  return JSON.stringify(admissionReview({metadata: {}, filler: 'x'.repeat(bytes - empty.length)}));
}

t.test('1 GET, PUT, HEAD, OPTIONS, DELETE and PATCH are refused', async (t) => {
  for (const method of ['GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH'])
    t.equal((await ask(webhook, {method, headers: {}})).status, 404, method);
});

const paths: readonly (readonly [title: string, path: string, status: number])[] = [
  ['2 an unknown path', '/elsewhere', 404],
  ['2 the root', '/', 404],
  ['25 a query', '/mutate?timeout=3s', 200],
  ['25 a query that is no query', '/mutate/namespace?%zz&&=', 200],
  ['25 a double slash', '//mutate', 404],
  ['25 a slash at the end', '/mutate/', 404],
  ['25 other letters', '/MUTATE', 404],
  ['25 dots', '/mutate/../mutate', 404],
  ['25 a broken escape', '/%', 400],
];
for (const [title, path, status] of paths)
  t.test(`${title}: ${path} is ${status}`, async (t) => {
    t.equal((await ask(webhook, {path, body: REVIEW})).status, status);
  });

const bodies: readonly (readonly [title: string, body: string | Buffer | undefined, status: number])[] = [
  ['3 no body', undefined, 400],
  ['3 an empty body', '', 400],
  ['4 {}', '{}', 400],
  ['5 null', 'null', 400],
  ['5 []', '[]', 400],
  ['5 a string', '"x"', 400],
  ['5 a number', '1', 400],
  ['6 truncated JSON', REVIEW.slice(0, -1), 400],
  ['7 garbage after the JSON', `${REVIEW}x`, 400],
  ['7 a second document', REVIEW + REVIEW, 400],
  ['7 a line break after the JSON', `${REVIEW}\n`, 200],
  ['8 a byte order mark', `\ufeff${REVIEW}`, 200],
  ['8 UTF-16 with a byte order mark', Buffer.from(`\ufeff${REVIEW}`, 'utf16le'), 400],
  ['9 invalid UTF-8', Buffer.from(REVIEW.replace('alpha', '\u00ff'), 'latin1'), 400],
  ['9 half a character at the end', Buffer.concat([Buffer.from(REVIEW), Buffer.from([0xe2, 0x82])]), 400],
];
for (const [title, body, status] of bodies)
  t.test(`${title} is ${status}`, async (t) => {
    const answer = await ask(webhook, {...(body !== undefined && {body})});
    t.equal(answer.status, status);
    if (status === 400) t.match(JSON.parse(answer.text), {error: /\w/});
  });

const types: readonly (readonly [title: string, headers: Readonly<Record<string, string>>, status: number])[] = [
  ['10 no type', {}, 415],
  ...['text/plain', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/json-patch+json', 'x'].map(
    (type) => [`10 ${type}`, {'content-type': type}, 415] as const,
  ),
  ['11 a charset', {'content-type': 'application/json; charset=utf-8'}, 200],
  ['11 capital letters', {'content-type': 'Application/JSON;charset=UTF-8'}, 200],
  ['12 identity', {...JSON_TYPE, 'content-encoding': 'identity'}, 200],
  ['12 deflate', {...JSON_TYPE, 'content-encoding': 'deflate'}, 415],
  ['12 several', {...JSON_TYPE, 'content-encoding': 'identity, gzip'}, 415],
];
for (const [title, headers, status] of types)
  t.test(`${title} is ${status}`, async (t) => {
    t.equal((await ask(webhook, {headers, body: REVIEW})).status, status);
  });

t.test('12 gzip is 415 and counted', async (t) => {
  const before = await rejected('unsupported-media-type');
  const headers = {...JSON_TYPE, 'content-encoding': 'gzip'};
  t.equal((await ask(webhook, {headers, body: gzipSync(REVIEW)})).status, 415);
  await waitFor('the count', async () => (await rejected('unsupported-media-type')) === before + 1);
});

t.test('13 a body of 7 MiB is read, one of a byte more is 413', async (t) => {
  t.equal((await judge(webhook, reviewOf(BODY_LIMIT_BYTES - 1))).status, 200);
  t.equal((await judge(webhook, reviewOf(BODY_LIMIT_BYTES))).status, 200);
  const headersOnly = rawRequest({'content-length': BODY_LIMIT_BYTES + 1});
  t.strictSame(statuses(await converse(webhook, headersOnly)), [413], 'before the body is sent');
  const chunked = rawRequest({'transfer-encoding': 'chunked'}, `${(BODY_LIMIT_BYTES + 1).toString(16)}\r\n`);
  const endless = await converse(webhook, chunked, Buffer.alloc(BODY_LIMIT_BYTES + 1, 'x'));
  t.strictSame(statuses(endless), [413], 'at the first byte too many');
});

t.test('14 a Content-Length that is too short or no number: 400 and the end of the connection', async (t) => {
  t.strictSame(statuses(await converse(webhook, rawRequest({'content-length': 10}, REVIEW))), [400]);
  t.strictSame(statuses(await converse(webhook, rawRequest({'content-length': '5x'}, REVIEW))), [400]);
});

t.test('15 a body in chunks, down to single bytes', async (t) => {
  for (const size of [1, 1000]) {
    const pieces = REVIEW.match(new RegExp(`.{1,${size}}`, 'gs')) ?? [];
    const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
    const head = rawRequest({'transfer-encoding': 'chunked', connection: 'close'});
    t.match(await converse(webhook, head, ...chunks, '0\r\n\r\n'), /^HTTP\/1\.1 200 .*"allowed":true/s, `${size}`);
  }
});

t.test('15 both a length and chunks are refused: it is how requests are smuggled', async (t) => {
  const both = rawRequest({'content-length': 5, 'transfer-encoding': 'chunked'}, '0\r\n\r\n');
  t.strictSame(statuses(await converse(webhook, both)), [400]);
});

t.test('16 Expect: 100-continue', async (t) => {
  const head = rawRequest({'content-length': REVIEW.length, expect: '100-continue', connection: 'close'});
  t.strictSame(statuses(await converse(webhook, head, REVIEW)), [100, 200]);
});

t.test('17 two reviews at once on one connection: two answers in order', async (t) => {
  const [first, second] = ['first', 'second'].map((uid) => JSON.stringify(admissionReview({}, {uid})));
  const received = await converse(
    webhook,
    rawRequest({'content-length': first?.length ?? 0}, first) +
      rawRequest({'content-length': second?.length ?? 0, connection: 'close'}, second),
  );
  t.strictSame(statuses(received), [200, 200]);
  t.match(received, /"uid":"first".*"uid":"second"/s);
});

t.test('18 a hundred reviews one after the other on one connection', async (t) => {
  const agent = new https.Agent({keepAlive: true, maxSockets: 1});
  t.teardown(() => agent.destroy());
  const sockets = new Set<unknown>();
  for (let index = 0; index < 100; index++) {
    const answer = await ask(webhook, {body: REVIEW, agent});
    t.equal(answer.status, 200);
    sockets.add(answer.socket);
  }
  t.equal(sockets.size, 1);
});

t.test('20 headers of more than 16 KiB are 431 and counted', async (t) => {
  const filler = (bytes: number) =>
    rawRequest({'content-length': REVIEW.length, x: 'x'.repeat(bytes), connection: 'close'});
  t.strictSame(statuses(await converse(webhook, filler(15 * 1024), REVIEW)), [200]);
  t.strictSame(statuses(await converse(webhook, filler(17 * 1024))), [431]);
  await waitFor('the count', async () => (await rejected('request-header-fields-too-large')) === 1);
});

t.test('23 plain HTTP is closed without an answer and counted', async (t) => {
  const socket = connect({host: '127.0.0.1', port: webhook.port});
  await once(socket, 'connect');
  socket.write(rawRequest({'content-length': REVIEW.length}, REVIEW));
  t.notMatch(await readAll(socket), /200/);
  await waitFor('the count', async () => (await rejected('tls-handshake')) > 0);
});

t.test('24 ?timeout=1s: the largest review is answered in time', async (t) => {
  const before = performance.now();
  t.equal((await ask(webhook, {path: '/mutate?timeout=1s', body: reviewOf(BODY_LIMIT_BYTES)})).status, 200);
  t.ok(performance.now() - before < 1000);
});

t.test('26 Connection: close is honoured, and else the connection stays', async (t) => {
  const received = await converse(webhook, rawRequest({'content-length': REVIEW.length, connection: 'close'}, REVIEW));
  t.match(received, /^HTTP\/1\.1 200 .*connection: close/is);
  const agent = new https.Agent({keepAlive: true});
  t.teardown(() => agent.destroy());
  t.match((await ask(webhook, {body: REVIEW, agent})).headers, {
    connection: 'keep-alive',
    'keep-alive': 'timeout=120',
  });
});

t.test('after all this the webhook runs, and no mistake of its own was counted', async (t) => {
  t.ok(webhook.isRunning());
  await waitFor('every request to end', async () => (await webhook.metrics()).get('admission_in_flight') === 0);
  const metrics = await webhook.metrics();
  t.equal(metrics.get('admission_failures_total'), 0);
  t.ok(metrics.get('admission_duration_seconds_bucket{le="0.001"}'));
  t.equal(metrics.get('admission_duration_seconds_count'), metrics.get('admission_duration_seconds_bucket{le="+Inf"}'));
});
