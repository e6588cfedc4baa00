import {describeInstance} from '../prometheus/instance.ts';
import {isYoungerThan} from './age.ts';
import type {Evidence, PrometheusEvidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';

/** The operator takes seconds, a kubelet up to two minutes to bring the configuration to the pod. */
const BRINGING_MS = 120_000;

/** Has prometheus-operator put the ServiceMonitor into the configuration of Prometheus? */
export function diagnoseAcceptance(evidence: Evidence): readonly Finding[] {
  const {acceptance, prometheus, selection, objects} = evidence;
  const jobs = configured(prometheus);
  if (jobs === true) return [];
  if (acceptance?.verdict === 'rejected') return [rejected(evidence, acceptance.message)];
  const [instance] = selection?.selectedBy ?? [];
  if (instance?.notReconciled !== undefined && acceptance?.verdict !== 'accepted') {
    const {namespace, name, kind} = instance;
    return [
      about('prometheus-not-reconciled', evidence, {
        prometheus: describeInstance(instance),
        prometheusNamespace: namespace,
        prometheusName: name,
        prometheusKind: kind.toLowerCase(),
        message: instance.notReconciled,
      }),
    ];
  }
  if (jobs === undefined) return [];
  const isNew = isYoungerThan(evidence, objects.monitor?.createdAt, BRINGING_MS);
  return [
    isNew
      ? about('not-yet-configured', evidence)
      : about('operator-silent', evidence, {
          prometheus: instance === undefined ? 'Prometheus' : describeInstance(instance),
        }),
  ];
}

/** Whether the jobs stand in the running configuration; undefined where Prometheus was not asked. */
function configured(prometheus: PrometheusEvidence): boolean | undefined {
  if (prometheus.state !== 'asked') return undefined;
  const components = Object.values(prometheus.components);
  if (components.some(({pool, job}) => pool === 'there' || job === 'there')) return true;
  return components.every(({job}) => job === 'missing') ? false : undefined;
}

/** A key that is missing is worded as `key "…" in secret "…" not found`, so it is asked for before the Secret. */
const MISSING_KEY = /key "[^"]*"(?= in secret "[^"]*" not found)/;
const MISSING_SECRET = /secrets? "[^"]*" not found/;
/** What follows are errors of crypto/tls and crypto/x509, of which there are many. */
const BROKEN_PAIR = /cert <[^>]*>, key <[^>]*>: |ca <[^>]*>: |private key does not match public key/;

/** prometheus-operator's words (pkg/assets/store.go and tls.go). */
function rejected(evidence: Evidence, message: string): Finding {
  const missingKey = MISSING_KEY.exec(message)?.[0];
  if (missingKey !== undefined) return about('secret-key-missing', evidence, {message: missingKey});
  if (MISSING_SECRET.test(message)) {
    // The operator's Event repeats the words of the first time, whatever has become of the Secret since.
    if (evidence.objects.credential.isSecretThere !== true) return about('secret-missing', evidence);
    return about('monitor-rejected', evidence, {message: `${message} (it is there now: look at its keys)`});
  }
  if (BROKEN_PAIR.test(message)) return about('secret-pair-broken', evidence);
  return about('monitor-rejected', evidence, {message});
}
