import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import t, {type Test} from 'tap';
import {BODY_TIMEOUT_MS, BUFFERED_LIMIT_BYTES, MAX_CONNECTIONS} from '../../../src/admission/limits.ts';
import {admissionReview} from '../../support/review.ts';
import {waitFor} from '../../support/wait.ts';
import {startWebhookProcess, type WebhookProcess} from '../../support/webhook-process.ts';
import {converse, dial, judge, rawRequest, readAll, statuses} from '../../support/wire.ts';

/** The slow ones wait at the same time. */
t.jobs = 4;

const MIB = 1024 * 1024;
const LARGE = 6 * MIB;
const REVIEW = admissionReview({metadata: {}});

async function started(test: Test, ...nodeFlags: readonly string[]): Promise<WebhookProcess> {
  const webhook = await startWebhookProcess([], nodeFlags);
  test.teardown(() => webhook.stop());
  return webhook;
}

const rejected = async (webhook: WebhookProcess, cause: string) =>
  (await webhook.metrics()).get(`admission_rejected_total{cause="${cause}"}`) ?? 0;

t.test('14 a body shorter than its Content-Length is 408 after 30 s', {buffered: true}, async (t) => {
  const webhook = await started(t);
  const before = performance.now();
  t.strictSame(statuses(await converse(webhook, rawRequest({'content-length': 100}, '{'))), [408]);
  t.ok(performance.now() - before < BODY_TIMEOUT_MS + 3000);
  await waitFor('the count', async () => (await rejected(webhook, 'request-timeout')) === 1);
});

t.test('a connection that does not finish its TLS handshake ends after 10 s', {buffered: true}, async (t) => {
  const webhook = await started(t);
  const socket = connect({host: '127.0.0.1', port: webhook.port});
  const before = performance.now();
  await readAll(socket);
  t.ok(Math.abs(performance.now() - before - 10_000) < 2000);
  await waitFor('the count', async () => (await rejected(webhook, 'tls-handshake')) === 1);
});

t.test(
  '64 MiB of bodies on their way are held, beyond that is 503 and try again; what ends makes room',
  {buffered: true},
  async (t) => {
    const webhook = await started(t);
    const held = Math.floor(BUFFERED_LIMIT_BYTES / LARGE);
    const sockets = await Promise.all(Array.from({length: held + 1}, () => dial(webhook)));
    for (const socket of sockets) {
      socket.write(rawRequest({'content-length': LARGE + 1}));
      socket.write(Buffer.alloc(LARGE, ' '));
    }
    const refused = await Promise.race(sockets.map(readAll));
    t.match(refused, /^HTTP\/1\.1 503 .*retry-after: 1/is);
    t.match(refused, /^connection: close/im);
    const inFlight = async () => (await webhook.metrics()).get('admission_in_flight');
    await waitFor('one to be gone', async () => (await inFlight()) === held);
    t.equal((await judge(webhook, REVIEW)).status, 200, 'a small one still passes');
    for (const socket of sockets) socket.destroy();
    await waitFor('the bodies to be let go', async () => (await inFlight()) === 0);
    const large = admissionReview({metadata: {}, filler: 'x'.repeat(LARGE)});
    const answers = await Promise.all(Array.from({length: held}, () => judge(webhook, large)));
    t.strictSame(new Set(answers.map(({status}) => status)), new Set([200]));
  },
);

t.test(
  'nine large reviews at once, again and again, in a heap of 128 MiB: one at a time is held as objects',
  {buffered: true},
  async (t) => {
    const webhook = await started(t, '--max-old-space-size=128');
    const spec = Object.fromEntries(Array.from({length: 150_000}, (_, index) => [`k${index}`, {a: [1, 2], b: 'x'}]));
    const review = JSON.stringify(admissionReview({metadata: {}, spec}));
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({length: 9}, () => judge(webhook, review)));
      t.ok(answers.every(({status}) => status === 200));
    }
    t.ok(webhook.isRunning());
  },
);

t.test('1,024 connections, and those beyond are closed at once and counted', {buffered: true}, async (t) => {
  const webhook = await started(t);
  const sockets: Socket[] = [];
  for (let index = 0; index < MAX_CONNECTIONS; index++) {
    const socket = connect({host: '127.0.0.1', port: webhook.port});
    socket.on('error', () => {});
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const beyond = connect({host: '127.0.0.1', port: webhook.port});
  t.equal(await readAll(beyond), '');
  await waitFor('the count', async () => (await rejected(webhook, 'too-many-connections')) === 1);
  for (const socket of sockets) socket.destroy();
  await waitFor('room for others', () =>
    judge(webhook, REVIEW).then(
      ({status}) => status === 200,
      () => false,
    ),
  );
});
