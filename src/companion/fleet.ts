import {diagnose} from '../diagnosis/diagnose.ts';
import type {Evidence, PrometheusEvidence} from '../diagnosis/evidence.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {TargetsReading} from '../prometheus/targets.ts';
import {isAsleep} from '../tenant-control-plane.ts';
import type {ReconcileEvidence} from './evidence.ts';

/** What the controller knows of one TenantControlPlane. */
export interface Member {
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
}

/** The state of every TenantControlPlane, as the last reconcile and the last proof found it. Metrics and Events are made of it. */
export interface Fleet {
  report(key: string, evidence: ReconcileEvidence): void;
  /** What Prometheus says; kept until it says something else. */
  prove(key: string, reading: TargetsReading, now: Date): void;
  /** Prometheus cannot be asked: what it said before counts no more. */
  unproven(why: string): void;
  forget(key: string): void;
  members(): IterableIterator<[string, Member]>;
}

export type FleetListener = (key: string, member: Member | undefined) => void;

const NOTHING_TO_ASK: PrometheusEvidence = {state: 'not-asked', why: 'there is nothing to ask for'};

export function createFleet(onChange: FleetListener): Fleet {
  const members = new Map<string, Member>();
  let notAsked: PrometheusEvidence = {state: 'not-asked', why: 'it was not asked yet'};
  return {
    report(key, evidence) {
      const before = members.get(key)?.evidence;
      // Deleted and made again under the same name: another one.
      const isSame = before?.tcp.uid === evidence.tcp.uid;
      if (before !== undefined && !isSame) forget(key);
      const known = isSame ? before?.prometheus : undefined;
      set(key, {
        ...evidence,
        acceptance: undefined,
        discovery: undefined,
        prometheus: isScraped(evidence) ? (known ?? notAsked) : NOTHING_TO_ASK,
      });
    },
    prove(key, reading, now) {
      const member = members.get(key);
      if (member === undefined || !isScraped(member.evidence)) return;
      set(key, {...member.evidence, now, prometheus: {state: 'asked', ...reading}});
    },
    unproven(why) {
      notAsked = {state: 'not-asked', why};
      for (const [key, {evidence}] of [...members]) set(key, {...evidence, prometheus: notAsked});
    },
    forget,
    members: () => members.entries(),
  };

  function forget(key: string): void {
    if (members.delete(key)) onChange(key, undefined);
  }

  function set(key: string, evidence: Evidence): void {
    const member = {evidence, findings: diagnose(evidence)};
    members.set(key, member);
    onChange(key, member);
  }
}

/** Whether Prometheus should have targets of it; what it said of one that sleeps or is opted out since counts no more. */
export function isScraped({tcp, decision, objects}: ReconcileEvidence): boolean {
  return decision.monitored && objects.monitor !== undefined && !isAsleep(tcp);
}
