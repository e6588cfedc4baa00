import type {ConnectionOptions} from 'node:tls';
import t from 'tap';
import {admissionReview} from '../../support/review.ts';
import {startWebhookProcess, type WebhookProcess} from '../../support/webhook-process.ts';
import {dial, rawRequest, readAll} from '../../support/wire.ts';

const webhook = await startWebhookProcess();
const older = await startWebhookProcess(['--tls-min-version', '1.2']);
t.teardown(() => Promise.all([webhook.stop(), older.stop()]));

const REVIEW = JSON.stringify(admissionReview({metadata: {}}));

/** The version of TLS and the protocol over it, after a review was answered; else the code with which it was refused. */
async function speak(to: WebhookProcess, options: ConnectionOptions): Promise<string> {
  try {
    const socket = await dial(to, options);
    const spoken = `${socket.getProtocol()} ${socket.alpnProtocol}`;
    socket.write(rawRequest({'content-length': REVIEW.length, connection: 'close'}, REVIEW));
    return (await readAll(socket)).startsWith('HTTP/1.1 200 ') ? spoken : 'no answer';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** OpenSSL of today speaks the old versions only when told that it may be unsafe. */
const exactly = (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions => ({
  minVersion: version,
  maxVersion: version,
  ciphers: 'DEFAULT@SECLEVEL=0',
});

const REFUSED = 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION';
const cases: readonly (readonly [title: string, to: WebhookProcess, options: ConnectionOptions, spoken: string])[] = [
  ['21 TLS 1.1 is refused', webhook, exactly('TLSv1.1'), REFUSED],
  ['21 TLS 1.2 is refused', webhook, exactly('TLSv1.2'), REFUSED],
  ['21 TLS 1.3', webhook, exactly('TLSv1.3'), 'TLSv1.3 false'],
  ['21 TLS 1.1 is refused with --tls-min-version 1.2', older, exactly('TLSv1.1'), REFUSED],
  ['21 TLS 1.2 with --tls-min-version 1.2', older, exactly('TLSv1.2'), 'TLSv1.2 false'],
  ['21 TLS 1.3 with --tls-min-version 1.2', older, exactly('TLSv1.3'), 'TLSv1.3 false'],
  ['HTTP/1.1 is chosen over HTTP/2', webhook, {ALPNProtocols: ['h2', 'http/1.1']}, 'TLSv1.3 http/1.1'],
  ['HTTP/2 alone is refused', webhook, {ALPNProtocols: ['h2']}, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
  ['22 no server name', webhook, {servername: ''}, 'TLSv1.3 false'],
  [
    '22 the name of somebody else',
    webhook,
    {servername: 'foreign.example', checkServerIdentity: () => undefined},
    'TLSv1.3 false',
  ],
];
for (const [title, to, options, spoken] of cases)
  t.test(title, async (t) => {
    t.equal(await speak(to, options), spoken);
  });
