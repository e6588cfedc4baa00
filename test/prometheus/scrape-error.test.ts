import t from 'tap';
import {classifyScrapeError, type ScrapeError} from '../../src/prometheus/scrape-error.ts';

type Row = readonly [kind: Exclude<ScrapeError['kind'], 'status'>, error: string];

const GET = 'Get "https://127.0.0.1:22443/metrics":';

/** As Prometheus 3.16 wrote them, but for the rows marked so, which are taken from Go's source. */
const rows: readonly Row[] = [
  ['refused', `${GET} dial tcp 127.0.0.1:22999: connect: connection refused`],
  ['timeout', `${GET} context deadline exceeded`],
  // net/http
  ['timeout', `${GET} net/http: TLS handshake timeout`],
  ['timeout', `${GET} context deadline exceeded (Client.Timeout exceeded while awaiting headers)`],
  ['unreachable', `${GET} EOF`],
  ['unreachable', `${GET} read tcp 127.0.0.1:52224->127.0.0.1:22443: read: connection reset by peer`],
  ['unreachable', `${GET} write tcp 127.0.0.1:45254->127.0.0.1:22450: write: connection reset by peer`],
  // net
  ['unreachable', 'Get "https://100.64.7.11:6443/metrics": dial tcp 100.64.7.11:6443: i/o timeout'],
  ['unreachable', 'Get "https://100.64.7.11:6443/metrics": dial tcp 100.64.7.11:6443: connect: no route to host'],
  ['unreachable', 'Get "https://100.64.7.11:6443/metrics": dial tcp 100.64.7.11:6443: connect: network is unreachable'],
  ['authority-unknown', `${GET} tls: failed to verify certificate: x509: certificate signed by unknown authority`],
  // crypto/x509
  [
    'authority-unknown',
    `${GET} tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")`,
  ],
  [
    'server-name',
    `${GET} tls: failed to verify certificate: x509: certificate is valid for kubernetes, kubernetes.default.svc, not alpha.tenants.svc`,
  ],
  [
    'server-name',
    `${GET} tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match alpha.tenants.svc`,
  ],
  [
    'server-name',
    `${GET} tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs`,
  ],
  [
    'server-expired',
    `${GET} tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-25T01:06:44Z is after 2026-11-24T01:06:01Z`,
  ],
  [
    'file-missing',
    `${GET} unable to read client cert: unable to read file /certs/client.crt: open /certs/client.crt: no such file or directory`,
  ],
  [
    'file-missing',
    `${GET} unable to read CA cert: unable to read file /certs/ca.crt: open /certs/ca.crt: no such file or directory`,
  ],
  // prometheus/common
  ['file-missing', `${GET} unable to use specified CA cert file /certs/ca.crt`],
  [
    'file-missing',
    `${GET} unable to use specified client cert (file /certs/client.crt) & key (file /certs/client.key): tls: private key does not match public key`,
  ],
  ['limit', 'sample limit exceeded'],
  ['limit', 'body size limit exceeded'],
  ['limit', 'target_limit exceeded (number of targets: 2, limit: 1)'],
  ['limit', 'label_limit exceeded (metric: x, number of labels: 9, limit: 3)'],
  ['limit', 'label_name_length_limit exceeded (metric: x, label name: long_label_name_here, length: 20, limit: 12)'],
  [
    'limit',
    'label_value_length_limit exceeded (metric: x, label name: endpoint, value: "kube-apiserver-metrics", length: 22, limit: 12)',
  ],
  ['other', `${GET} http: server gave HTTP response to HTTPS client`],
  ['other', `${GET} remote error: tls: certificate required`],
  [
    'other',
    'Get "https://nowhere.invalid:6443/metrics": dial tcp: lookup nowhere.invalid on 10.96.0.10:53: no such host',
  ],
  ['other', 'expected a valid start token, got "<" ("INVALID") while parsing: "<"'],
  ['other', ''],
];

for (const [kind, error] of rows) t.strictSame(classifyScrapeError(error), {kind}, `${kind}: ${error}`);

for (const [status, text] of [
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
] as const) {
  const error = `server returned HTTP status ${status} ${text}`;
  t.strictSame(classifyScrapeError(error), {kind: 'status', status}, error);
}
