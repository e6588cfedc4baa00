import https from 'node:https';
import {setTimeout as sleep} from 'node:timers/promises';
import t from 'tap';
import {admissionReview} from '../../support/review.ts';
import {startWebhookProcess} from '../../support/webhook-process.ts';
import {ask, dial, rawRequest, readAll} from '../../support/wire.ts';

/** kube-apiserver keeps idle connections for 90 s, and does not send a review again when its connection turns out to be closed. */
const IDLE_MS = 91_000;

const webhook = await startWebhookProcess();
t.teardown(() => webhook.stop());
const REVIEW = JSON.stringify(admissionReview({metadata: {}}));

t.test('19 a connection that was idle for 91 s is used again, one that never asked is used first', async (t) => {
  const agent = new https.Agent({keepAlive: true, maxSockets: 1});
  t.teardown(() => agent.destroy());
  const [before, unused] = await Promise.all([ask(webhook, {body: REVIEW, agent}), dial(webhook)]);
  await sleep(IDLE_MS);
  const after = await ask(webhook, {body: REVIEW, agent});
  t.equal(after.status, 200);
  t.equal(after.socket, before.socket);
  unused.write(rawRequest({'content-length': REVIEW.length, connection: 'close'}, REVIEW));
  t.match(await readAll(unused), /^HTTP\/1\.1 200 /);
});
