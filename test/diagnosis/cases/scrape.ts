import {
  ago,
  component,
  credential,
  discovery,
  down,
  each,
  MAIN,
  prometheuses,
  targets,
  tcp,
} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const GET = 'Get "https://100.64.7.11:6443/metrics":';
const X509 = `${GET} tls: failed to verify certificate: x509: certificate`;
const REFUSED = `${GET} dial tcp 100.64.7.11:6443: connect: connection refused`;
const FORBIDDEN = 'server returned HTTP status 403 Forbidden';
const ERROR = 'server returned HTTP status 500 Internal Server Error';
const pending = component({pending: 1, pool: 'there', job: 'there'});

export const SCRAPE: readonly Case[] = [
  ['403 to our certificate', [targets(each(down(FORBIDDEN)))], ['dedicated-forbidden']],
  [
    '403 to Kamaji’s certificate',
    [
      credential({mode: 'kubelet-client', notAfter: undefined, authorityChecksum: undefined}),
      targets(each(down(FORBIDDEN))),
    ],
    ['kubelet-client-forbidden'],
  ],
  [
    '401',
    [targets(each(down('server returned HTTP status 401 Unauthorized')))],
    ['certificate-unknown'],
    /the certificate in alpha-monitoring-client/,
  ],
  [
    'the CA is not the tenant’s',
    [targets({'kube-apiserver': down(`${X509} signed by unknown authority`)})],
    ['authority-wrong'],
    /\(Get .* signed by unknown authority\)$/,
  ],
  [
    'the server’s certificate has another name',
    [targets({'kube-apiserver': down(`${X509} is valid for kubernetes, not alpha.tenants.svc`)})],
    ['server-name-wrong'],
    /does not carry the name alpha\.tenants\.svc/,
  ],
  [
    'the server’s certificate has ended',
    [targets({'kube-apiserver': down(`${X509} has expired or is not yet valid: current time … is after …`)})],
    ['server-certificate-expired'],
  ],
  [
    'the file of the certificate is not there',
    [
      targets(
        each(
          down(
            `${GET} unable to read client cert: unable to read file /certs/a: open /certs/a: no such file or directory`,
          ),
        ),
      ),
    ],
    ['certificate-file-missing'],
  ],
  [
    'nobody listens',
    [targets(each(down(REFUSED)))],
    ['connection-refused'],
    /^kube-apiserver, kube-controller-manager, kube-scheduler refuses connections at 100\.64\.7\.11:6443, /,
  ],
  [
    'nobody listens, and the pod is not known',
    [targets({'kube-scheduler': {...down(REFUSED), failures: [{instance: 'a:1', pod: undefined, error: REFUSED}]}})],
    ['connection-refused'],
    /^kube-scheduler refuses connections at a:1:/,
  ],
  [
    'a network that rejects',
    [targets({'kube-scheduler': down(`${GET} dial tcp 100.64.7.11:10259: connect: no route to host`)})],
    ['unreachable'],
    /^kube-scheduler cannot be reached at 100\.64\.7\.11:6443: Get/,
  ],
  [
    'a network that drops, or a slow answer',
    [targets({'kube-scheduler': down(`${GET} context deadline exceeded`)})],
    ['too-slow'],
  ],
  [
    'all answer 500',
    [targets(each(down(ERROR)))],
    ['server-error'],
    /^kube-apiserver, kube-controller-manager, kube-scheduler answers with an error/,
  ],
  [
    'kube-apiserver is away, so the others answer 500: only the cause is told',
    [targets({...each(down(ERROR)), 'kube-apiserver': down(REFUSED)})],
    ['connection-refused'],
    /^kube-apiserver refuses/,
  ],
  [
    'kube-apiserver is away, and the scheduler is too: both are told',
    [targets({'kube-apiserver': down(REFUSED), 'kube-scheduler': down(`${GET} context deadline exceeded`)})],
    ['connection-refused', 'too-slow'],
  ],
  [
    'kube-apiserver answers 403, and the scheduler 500: neither is the other’s consequence',
    [targets({'kube-apiserver': down(FORBIDDEN), 'kube-scheduler': down(ERROR)})],
    ['dedicated-forbidden', 'server-error'],
  ],
  [
    'too many samples',
    [targets({'kube-apiserver': down('sample limit exceeded')})],
    ['sample-limit'],
    /^kube-apiserver gives more than Prometheus accepts: sample limit exceeded$/,
  ],
  [
    'too many samples, and nobody knows which Prometheus',
    [
      targets({'kube-apiserver': down('body size limit exceeded')}),
      (evidence) => ({...evidence, selection: undefined}),
    ],
    ['sample-limit'],
  ],
  ['404', [targets({'kube-scheduler': down('server returned HTTP status 404 Not Found')})], ['scrape-failed']],
  [
    'anything else',
    [targets({'kube-scheduler': down(`${GET} http: server gave HTTP response to HTTPS client`)})],
    ['scrape-failed'],
    /^kube-scheduler is down at .*: Get .* HTTP response to HTTPS client$/,
  ],
  [
    'down, and what was asked has no targets to show',
    [targets({'kube-scheduler': component({down: 1})})],
    ['down-unexplained'],
    /^kube-scheduler is down/,
  ],
  [
    'one is explained and one is not',
    [targets({'kube-apiserver': down(FORBIDDEN), 'kube-scheduler': component({down: 1})})],
    ['dedicated-forbidden', 'down-unexplained'],
  ],
  [
    'one replica of two is down',
    [
      discovery({endpoints: each(2)}),
      targets(each(component({up: 2}))),
      targets({'kube-scheduler': {...down(REFUSED), up: 1}}),
    ],
    ['connection-refused'],
  ],
  [
    'down while Kamaji provisions',
    [tcp({phase: 'Provisioning', createdAt: ago(10)}), targets(each(down(REFUSED)))],
    ['tenant-starting'],
    /its status: Provisioning\): kube-apiserver, kube-controller-manager, kube-scheduler not up yet$/,
  ],
  [
    'down, not ready and 299 s old',
    [tcp({phase: 'NotReady', createdAt: ago(299)}), targets(each(down(REFUSED)))],
    ['tenant-starting'],
  ],
  [
    'down, not ready and five minutes old',
    [tcp({phase: 'NotReady', createdAt: ago(300)}), targets(each(down(REFUSED)))],
    ['connection-refused'],
  ],
  ['down, ready and new', [tcp({createdAt: ago(10)}), targets(each(down(REFUSED)))], ['connection-refused']],
  ['all up while Kamaji provisions', [tcp({phase: 'Provisioning'})], []],
  [
    'found and not scraped yet',
    [targets({'kube-scheduler': pending})],
    ['scrape-pending'],
    /^kube-scheduler was found/,
  ],
  [
    'one is not scraped yet and one is down',
    [targets({'kube-apiserver': down(FORBIDDEN), 'kube-scheduler': pending})],
    ['dedicated-forbidden'],
  ],
  ['two Prometheus objects select it', [prometheuses([MAIN, {...MAIN, kind: 'PrometheusAgent'}])], []],
];
