import type {Logger} from 'pino';
import type {Clock} from '../clock.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {KubeClient} from '../kube/client.ts';
import {isAlreadyExists} from '../kube/errors.ts';
import type {Resource} from '../kube/resource.ts';
import {fit, NAME_LENGTH, PRODUCT, shortHash} from '../names.ts';
import {TENANT_CONTROL_PLANE_KIND, type TenantControlPlane} from '../tenant-control-plane.ts';
import type {Member} from './fleet.ts';

export interface EventsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly today: () => Date;
  /** Names this process among its replicas. */
  readonly instance: string;
  readonly logger: Logger;
}

/** Tells a TenantControlPlane's people what is wrong, as Events on it. */
export interface Events {
  /** A problem that was not there before becomes one Event; while it stays, there is no other. */
  onChange(key: string, member: Member | undefined): void;
  /** Resolves when what was told so far is written. */
  settled(): Promise<void>;
}

const EVENTS: Resource = {group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event'};
/** What Prometheus shows may pass: a pod that rolls, a scrape that is late. What is wrong in the cluster's objects stays. */
const PASSING_MS = 60_000;
const NOTE_BYTES = 1024;
/** What the API server accepts (pkg/apis/core/validation/events.go). */
const INSTANCE_LENGTH = 128;

export function createEvents({client, clock, today, instance, logger}: EventsOptions): Events {
  /** By key and problem: since when, and whether it was told. */
  const problems = new Map<string, Map<string, {readonly since: number; told: boolean}>>();
  const writing = new Set<Promise<void>>();
  return {
    onChange(key, member) {
      const findings = member?.findings.filter(({severity}) => severity === 'problem') ?? [];
      if (member === undefined || findings.length === 0) {
        problems.delete(key);
        return;
      }
      const before = problems.get(key);
      const now = new Map(
        findings.map(problemOf).map((name) => [name, before?.get(name) ?? {since: clock.now(), told: false}]),
      );
      problems.set(key, now);
      for (const found of findings) {
        const problem = now.get(problemOf(found));
        if (problem === undefined || problem.told || clock.now() - problem.since < patienceMs(found)) continue;
        problem.told = true;
        tell(member.evidence.tcp, found);
      }
    },
    async settled() {
      await Promise.all(writing);
    },
  };

  function tell(tcp: TenantControlPlane, found: Finding): void {
    const write = client
      .create(EVENTS, tcp.namespace, eventOf(tcp, found))
      .then(() => {})
      .catch((error: unknown) => {
        // An Event of the same name says the same: it was told before a restart.
        if (isAlreadyExists(error)) return;
        logger.warn(
          {tcp: `${tcp.namespace}/${tcp.name}`, error: (error as Error).message},
          'an Event could not be written',
        );
      })
      .finally(() => writing.delete(write));
    writing.add(write);
    logger.warn(
      {tcp: `${tcp.namespace}/${tcp.name}`, problem: found.code, why: found.cause, cure: found.cure},
      'problem',
    );
  }

  function eventOf(tcp: TenantControlPlane, {code, cause, cure}: Finding): object {
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: {
        name: fit(`${tcp.name}.${shortHash(`${tcp.uid} ${code} ${cause}`)}`, NAME_LENGTH),
        namespace: tcp.namespace,
      },
      // MicroTime: exactly six digits.
      eventTime: today().toISOString().replace('Z', '000Z'),
      reportingController: `${PRODUCT}.io/controller`,
      reportingInstance: instance.slice(0, INSTANCE_LENGTH),
      action: 'Monitoring',
      type: 'Warning',
      reason: reasonOf(code),
      regarding: {
        apiVersion: tcp.apiVersion,
        kind: TENANT_CONTROL_PLANE_KIND,
        namespace: tcp.namespace,
        name: tcp.name,
        uid: tcp.uid,
      },
      note: cut(`${cause}. Cure: ${cure}`),
    };
  }
}

/** What may pass is one problem however its words change; of what stays there may be several, such as two objects in the way. */
function problemOf(found: Finding): string {
  return patienceMs(found) > 0 ? found.code : `${found.code} ${found.cause}`;
}

/** The API server counts bytes; half a character at the end is left out. */
function cut(note: string): string {
  return new TextDecoder().decode(Buffer.from(note).subarray(0, NOTE_BYTES), {stream: true});
}

function patienceMs({link}: Finding): number {
  return link === 'acceptance' || link === 'discovery' || link === 'scrape' ? PASSING_MS : 0;
}

/** As reasons of Events are written: `labels-not-selected` is `LabelsNotSelected`. */
export function reasonOf(code: string): string {
  return code
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
