import type {Logger} from 'pino';
import {type Clock, sleep} from '../clock.ts';
import type {Finding} from '../diagnosis/finding.ts';
import type {KubeClient} from '../kube/client.ts';
import {isOutdated} from '../kube/errors.ts';
import type {Store} from '../kube/store.ts';
import {DISCOVERY_NUDGE_LABEL, metricsServiceName} from '../names.ts';
import type {PrometheusApi} from '../prometheus/api.ts';
import {readTargets} from '../prometheus/targets.ts';
import {type Child, keyOf} from './cached.ts';
import {type Fleet, isScraped, type Member} from './fleet.ts';
import {labelPatch} from './plan.ts';
import {CHILD_KINDS} from './resources.ts';

export interface ProofOptions {
  readonly api: PrometheusApi;
  readonly client: KubeClient;
  readonly fleet: Fleet;
  readonly services: Store<Child>;
  readonly clock: Clock;
  readonly today: () => Date;
  readonly logger: Logger;
}

/** Asks Prometheus again and again whether the metrics of every TenantControlPlane arrive. */
export interface Proof {
  run(signal: AbortSignal): Promise<void>;
  /** Whether the last round got an answer; undefined before the first. */
  reachable(): boolean | undefined;
  /** How often Prometheus was made to look again. */
  nudges(): number;
}

const ROUND_MS = 15_000;
/** A pool that was missing in so many rounds is not just late. */
const ROUNDS_UNTIL_NUDGE = 2;
const FIRST_NUDGE_PAUSE_MS = 60_000;
const LAST_NUDGE_PAUSE_MS = 3_600_000;

interface Wedge {
  readonly rounds: number;
  readonly tries: number;
  readonly nextAt: number;
}

export function createProof({api, client, fleet, services, clock, today, logger}: ProofOptions): Proof {
  let reachable: boolean | undefined;
  let nudges = 0;
  /** By key, while the scrape pool is missing. */
  const wedges = new Map<string, Wedge>();
  return {run, reachable: () => reachable, nudges: () => nudges};

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await round();
        if (reachable !== true) logger.info('Prometheus answers');
        reachable = true;
      } catch (error) {
        if (reachable !== false) logger.warn({error: (error as Error).message}, 'Prometheus does not answer');
        reachable = false;
        fleet.unproven((error as Error).message);
      }
      await sleep(clock, ROUND_MS, signal);
    }
  }

  async function round(): Promise<void> {
    const members = [...fleet.members()].flatMap(([key, {evidence}]) => {
      const {monitor} = evidence.objects;
      if (monitor === undefined || !isScraped(evidence)) return [];
      const {namespace, name, replicas: expected} = evidence.tcp;
      return [{key, namespace, service: metricsServiceName(name), monitor: monitor.name, expected}];
    });
    const readings = await readTargets(api, members);
    const now = today();
    for (const [index, {key}] of members.entries()) {
      const reading = readings[index];
      if (reading !== undefined) fleet.prove(key, reading, now);
    }
    const wedged = new Map([...fleet.members()].filter(([, {findings}]) => findings.some(isWedge)));
    for (const key of wedges.keys()) if (!wedged.has(key)) wedges.delete(key);
    for (const [key, member] of wedged) await heal(key, member);
  }

  /**
   * The configuration reached Prometheus before the file of the certificate: it passed the pool over and says nothing. Any
   * change of what it discovers makes it try again, and labels of a Service are copied into what it discovers.
   */
  async function heal(key: string, {evidence: {tcp}}: Member): Promise<void> {
    const before = wedges.get(key) ?? {rounds: 0, tries: 0, nextAt: 0};
    const wedge = {...before, rounds: before.rounds + 1};
    wedges.set(key, wedge);
    const service = services.get(keyOf(tcp.namespace, metricsServiceName(tcp.name)));
    if (service === undefined || wedge.rounds < ROUNDS_UNTIL_NUDGE || clock.now() < wedge.nextAt) return;
    const pause = Math.min(FIRST_NUDGE_PAUSE_MS * 2 ** wedge.tries, LAST_NUDGE_PAUSE_MS);
    wedges.set(key, {...wedge, tries: wedge.tries + 1, nextAt: clock.now() + pause});
    try {
      const patch = labelPatch(service, DISCOVERY_NUDGE_LABEL, today().getTime().toString(36));
      await client.patch(CHILD_KINDS.Service.resource, service, patch);
      nudges += 1;
      logger.warn({tcp: key, service: service.name}, 'Prometheus lacks a scrape pool, made it look again');
    } catch (error) {
      // Not Prometheus' fault: it was asked and answered.
      if (!isOutdated(error))
        logger.warn({tcp: key, error: (error as Error).message}, 'Prometheus could not be made to look again');
    }
  }
}

function isWedge({code}: Finding): boolean {
  return code === 'scrape-pool-missing';
}
