import type {ReconcileEvidence} from '../../src/companion/evidence.ts';
import {type Config, DEFAULTS} from '../../src/config.ts';
import {dedicatedCredential} from '../../src/credentials/dedicated.ts';
import type {CredentialEvidence, DiscoveryEvidence, Evidence, ObjectsEvidence} from '../../src/diagnosis/evidence.ts';
import {chooseMonitorLabels, foundLabels, selectionEvidence} from '../../src/diagnosis/labels.ts';
import type {Labels} from '../../src/kube/label-selector.ts';
import type {Component} from '../../src/monitoring/components.ts';
import {serviceMonitor} from '../../src/monitoring/service-monitor.ts';
import type {PrometheusInstance} from '../../src/prometheus/instance.ts';
import type {SelectionNamespace} from '../../src/prometheus/selection.ts';
import type {ComponentTargets} from '../../src/prometheus/targets.ts';
import {parseTenantControlPlane, type TenantControlPlane} from '../../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from './fixtures.ts';
import {selecting} from './prometheus-object.ts';

/** An hour and more after the captured TenantControlPlane was made. */
export const NOW = new Date('2026-11-23T18:00:00Z');
export const ALPHA = parseTenantControlPlane(capturedTenantControlPlane('alpha-ready'));
/** The Prometheus of the healthy installation, and its ServiceAccount is a scraper. */
export const MAIN = selecting('main', {release: 'main'});
export const CONFIG: Config = {...DEFAULTS, scrapers: [{namespace: 'monitoring', name: 'main'}]};
const NAMESPACE: SelectionNamespace = {name: 'tenants', labels: {team: 'a'}};

export type Change = (evidence: Evidence) => Evidence;

export function ago(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1000);
}

/** All is known of the TenantControlPlane `tenants/alpha`, and all is well. */
export function healthy(): Evidence {
  const credential = dedicatedCredential(ALPHA, {
    certificate: 'certificate',
    notAfter: ago(-60 * 86_400),
    authorityChecksum: ALPHA.authority?.checksum ?? '',
  });
  const {choice, evidence: selection} = selectionOf([MAIN]);
  const {name, labels} = serviceMonitor(ALPHA, credential, CONFIG.serviceMonitor, foundLabels(choice)).metadata;
  return {
    tcp: ALPHA,
    now: NOW,
    decision: {monitored: true, reason: 'annotation-true'},
    objects: {
      missing: [],
      foreign: [],
      differing: [],
      kindKnown: true,
      credential: {
        mode: 'dedicated',
        secretName: credential.secretName,
        notAfter: ago(-60 * 86_400),
        authorityChecksum: ALPHA.authority?.checksum,
        isSecretThere: true,
        refusal: undefined,
      },
      monitor: {name, labels, createdAt: ago(3600)},
    },
    selection,
    acceptance: {verdict: 'accepted'},
    discovery: {forbidden: undefined, endpoints: each(1)},
    prometheus: {state: 'asked', configuredAt: ago(3600), components: each(component({up: 1}))},
  };
}

/** As a reconcile reports it: without what only Prometheus knows. */
export function reconciled(...changes: readonly Change[]): ReconcileEvidence {
  const {tcp, now, decision, objects, selection} = changed(...changes);
  return {tcp, now, decision, objects, selection};
}

export function changed(...changes: readonly Change[]): Evidence {
  return changes.reduce((evidence, change) => change(evidence), healthy());
}

export function tcp(change: Partial<TenantControlPlane>): Change {
  return (evidence) => ({...evidence, tcp: {...evidence.tcp, ...change}});
}

export function objects(change: Partial<ObjectsEvidence>): Change {
  return (evidence) => ({...evidence, objects: {...evidence.objects, ...change}});
}

export function credential(change: Partial<CredentialEvidence>): Change {
  return (evidence) => objects({credential: {...evidence.objects.credential, ...change}})(evidence);
}

/** The cluster has these Prometheus objects, and the ServiceMonitor was given these labels by hand or carries those found. */
export function prometheuses(
  instances: readonly PrometheusInstance[],
  {labels, config = CONFIG}: {readonly labels?: Labels; readonly config?: Config} = {},
): Change {
  return (evidence) => ({
    ...evidence,
    selection: selectionOf(instances, labels ?? evidence.objects.monitor?.labels, config).evidence,
    objects: {
      ...evidence.objects,
      monitor: evidence.objects.monitor && {...evidence.objects.monitor, ...(labels !== undefined && {labels})},
    },
  });
}

export function discovery(change: Partial<DiscoveryEvidence>): Change {
  return (evidence) => ({
    ...evidence,
    discovery: {forbidden: undefined, endpoints: each(1), ...evidence.discovery, ...change},
  });
}

/** What Prometheus says of some components, all others being as they were; `configured` is when it read its configuration. */
export function targets(
  change: Partial<Record<Component, ComponentTargets>>,
  configuredAt: Date | undefined = ago(3600),
): Change {
  return (evidence) => {
    const before = evidence.prometheus.state === 'asked' ? evidence.prometheus.components : each(component({up: 1}));
    return {...evidence, prometheus: {state: 'asked', configuredAt, components: {...before, ...change}}};
  };
}

export const notAsked: Change = (evidence) => ({
  ...evidence,
  prometheus: {state: 'not-asked', why: 'a test'},
});

/** The same of every component. */
export function each<T>(value: T): Readonly<Record<Component, T>> {
  return {'kube-apiserver': value, 'kube-controller-manager': value, 'kube-scheduler': value};
}

export function component(change: Partial<ComponentTargets>): ComponentTargets {
  return {up: 0, down: 0, pending: 0, pool: undefined, job: undefined, failures: [], ...change};
}

/** A component whose one target is down for this reason. */
export function down(error: string, pod: string | undefined = 'alpha-0'): ComponentTargets {
  const failures = [{instance: '100.64.7.11:6443', pod, error}];
  return component({down: 1, pool: 'there', job: 'there', failures});
}

function selectionOf(instances: readonly PrometheusInstance[], labels: Labels = {release: 'main'}, config = CONFIG) {
  const circumstances = {tcp: ALPHA, config, instances, namespace: NAMESPACE, annotations: undefined};
  const choice = chooseMonitorLabels(circumstances);
  return {choice, evidence: selectionEvidence(choice, circumstances, labels)};
}
