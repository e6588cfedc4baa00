import {
  ago,
  type Change,
  component,
  credential,
  each,
  MAIN,
  notAsked,
  objects,
  prometheuses,
  targets,
} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const REJECTED = '"tenants/kube-prometheus-stack-tcp-alpha" was rejected due to invalid configuration:';
const CERT = '"<secret=alpha-monitoring-client,key=tls.crt>"';
const noJob = targets(each(component({pool: 'missing', job: 'missing'})));
const noPools = targets(each(component({})));

const SECRET_MISSING = `endpoints[0]: tlsConfig: failed to get cert ${CERT}: unable to get secret "alpha-monitoring-client": secrets "alpha-monitoring-client" not found`;

/** In the words of prometheus-operator 0.93: pkg/assets/store.go and tls.go, pkg/prometheus/resource_selector.go. */
function rejected(reason: string): Change {
  return (evidence) => ({...noJob(evidence), acceptance: {verdict: 'rejected', message: `${REJECTED} ${reason}`}});
}

const silent: Change = (evidence) => ({...evidence, acceptance: {verdict: 'silent'}});
const broken = prometheuses([{...MAIN, notReconciled: 'secret "extra" not found'}]);
const monitorAged =
  (seconds: number): Change =>
  (evidence) =>
    objects({monitor: evidence.objects.monitor && {...evidence.objects.monitor, createdAt: ago(seconds)}})(evidence);

export const ACCEPTANCE: readonly Case[] = [
  ...[false, undefined].map(
    (isSecretThere): Case => [
      `the Secret is ${isSecretThere === undefined ? 'perhaps ' : ''}not there`,
      [rejected(SECRET_MISSING), credential({isSecretThere})],
      ['secret-missing'],
      /the Secret alpha-monitoring-client is not there$/,
    ],
  ),
  [
    'the operator repeats that the Secret is not there, and it is there again',
    [rejected(SECRET_MISSING)],
    ['monitor-rejected'],
    /it is there now/,
  ],
  [
    'a key of the Secret is not there',
    [
      rejected(
        `endpoints[0]: tlsConfig: failed to get cert ${CERT}: key "tls.crt" in secret "alpha-monitoring-client" not found`,
      ),
    ],
    ['secret-key-missing'],
    /the Secret alpha-monitoring-client lacks a key \(key "tls\.crt"\)$/,
  ],
  ...[
    'tls: private key does not match public key',
    'tls: failed to find any PEM data in certificate input',
    'tls: failed to find any PEM data in key input',
    'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [X]',
    'tls: failed to parse private key',
    'tls: found a certificate rather than a key in the PEM for the private key',
    'x509: malformed certificate',
  ].map(
    (error): Case => [
      `the pair cannot be used: ${error}`,
      [
        rejected(
          `endpoints[0]: tlsConfig: cert <secret=alpha-monitoring-client,key=tls.crt>, key <alpha-monitoring-client/tls.key>: ${error}`,
        ),
      ],
      ['secret-pair-broken'],
    ],
  ),
  [
    'the CA in the Secret is no certificate',
    [rejected('endpoints[0]: tlsConfig: ca <secret=alpha-monitoring-client,key=ca.crt>: failed to decode PEM block')],
    ['secret-pair-broken'],
  ],
  [
    'the operator may not read the Secret',
    [
      rejected(
        `endpoints[0]: tlsConfig: failed to get cert ${CERT}: unable to get secret "alpha-monitoring-client": secrets "alpha-monitoring-client" is forbidden: User "system:serviceaccount:monitoring:prometheus-operator" cannot get resource "secrets" in API group "" in the namespace "tenants"`,
      ),
    ],
    ['monitor-rejected'],
    /cannot get resource "secrets"/,
  ],
  [
    'anything else that it rejects',
    [rejected('endpoints[0]: scrapeTimeout "20s" greater than scrapeInterval "15s"')],
    ['monitor-rejected'],
    /rejects ServiceMonitor kube-prometheus-stack-tcp-alpha: "tenants.*greater than/,
  ],
  ['rejected, and Prometheus was not asked', [rejected('whatever'), notAsked], ['monitor-rejected']],
  [
    'the operator cannot write the configuration',
    [noJob, silent, broken],
    ['prometheus-not-reconciled'],
    /configuration of Prometheus monitoring\/main: secret "extra" not found$/,
  ],
  ['the operator could not write it, and then accepted the monitor', [noPools, broken], []],
  ['the monitor is not in the configuration for 119 s', [noJob, silent, monitorAged(119)], ['not-yet-configured']],
  [
    'the monitor is not in the configuration for two minutes',
    [noJob, silent, monitorAged(120)],
    ['operator-silent'],
    /^Prometheus monitoring\/main selects ServiceMonitor kube-prometheus-stack-tcp-alpha, but/,
  ],
  ['accepted and still not in the configuration', [noJob, monitorAged(120)], ['operator-silent']],
  ['Prometheus does not tell whether it has the job', [noPools, silent], []],
];
