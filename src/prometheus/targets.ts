import {stringAt} from '../json.ts';
import {COMPONENTS, type Component, portName} from '../monitoring/components.ts';
import {type PrometheusApi, PrometheusError, type Target} from './api.ts';

/** One ServiceMonitor of ours, as Prometheus knows it. */
export interface MonitorReference {
  readonly namespace: string;
  readonly service: string;
  readonly monitor: string;
  /** How many targets each component should have; at least one where that is not known, none for a tenant that sleeps. */
  readonly expected: number | undefined;
}

/** What Prometheus knows of the targets of one ServiceMonitor. */
export interface TargetsReading {
  /** When it last read its configuration; not asked for where all is well. */
  readonly configuredAt: Date | undefined;
  readonly components: Readonly<Record<Component, ComponentTargets>>;
}

export interface ComponentTargets {
  readonly up: number;
  readonly down: number;
  /** Found and not scraped yet. */
  readonly pending: number;
  /** Whether it has the scrape pool, and whether its configuration has the job of that name; undefined where not known. */
  readonly pool: 'there' | 'missing' | undefined;
  readonly job: 'there' | 'missing' | undefined;
  readonly failures: readonly TargetFailure[];
}

export interface TargetFailure {
  /** `address:port`. */
  readonly instance: string;
  readonly pod: string | undefined;
  /** The last error, as Prometheus words it. */
  readonly error: string;
}

interface Counts {
  readonly up: number;
  readonly down: number;
}

/** Pools asked for at a time. */
const CONCURRENCY = 8;
const BY = 'namespace, service, endpoint';
const NOTHING_MORE = {pending: 0, pool: undefined, job: undefined, failures: []};

/**
 * What Prometheus knows of the targets of these ServiceMonitors, in their order. Two queries and the list of scrape pools say
 * it for all that are well; only what is down or missing is asked for pool by pool. The pools count because `up` alone lies: of
 * a job that left the configuration it stays 1 for the five minutes that Prometheus looks back (measured with 3.16).
 *
 * @throws {PrometheusError} where it cannot be reached or refuses
 */
export async function readTargets(
  api: PrometheusApi,
  monitors: readonly MonitorReference[],
): Promise<readonly TargetsReading[]> {
  const counts = await countUp(api);
  const pools = await optional(api.scrapePools());
  const jobs = once(() => optional(api.jobs()));
  let isAllWell = true;
  const questions = monitors.flatMap((monitor) => COMPONENTS.map((component, index) => ({monitor, component, index})));
  const answers = await mapLimited(questions, CONCURRENCY, async ({monitor, component, index}) => {
    const known = counts?.get(countKey(monitor.namespace, monitor.service, portName(component))) ?? {up: 0, down: 0};
    const pool = `serviceMonitor/${monitor.namespace}/${monitor.monitor}/${index}`;
    const isWell = counts !== undefined && known.down === 0 && known.up >= (monitor.expected ?? 1);
    if (isWell && pools?.has(pool) !== false) return {...known, ...NOTHING_MORE};
    isAllWell = false;
    if (pools === undefined) return {...known, ...NOTHING_MORE};
    return pools.has(pool) ? readPool(api, pool) : missingPool(pool, await jobs());
  });
  const configuredAt = isAllWell ? undefined : await optional(api.configuredAt());
  return monitors.map((_monitor, position) => ({
    configuredAt,
    components: Object.fromEntries(
      COMPONENTS.map((component, index) => [component, answers[position * COMPONENTS.length + index]]),
    ) as Record<Component, ComponentTargets>,
  }));
}

async function readPool(api: PrometheusApi, pool: string): Promise<ComponentTargets> {
  const targets = await api.targets(pool);
  const count = (health: Target['health']) => targets.filter((target) => target.health === health).length;
  return {
    up: count('up'),
    down: count('down'),
    pending: count('unknown'),
    pool: 'there',
    job: 'there',
    failures: targets
      .filter(({health}) => health === 'down')
      .map(({instance, pod, lastError}) => ({instance, pod, error: lastError})),
  };
}

function missingPool(pool: string, jobs: ReadonlySet<string> | undefined): ComponentTargets {
  const job = jobs && (jobs.has(pool) ? 'there' : 'missing');
  return {up: 0, down: 0, pending: 0, pool: 'missing', job, failures: []};
}

/** By namespace, service and port; undefined where there are no queries, as with an agent. */
async function countUp(api: PrometheusApi): Promise<ReadonlyMap<string, Counts> | undefined> {
  // Several replicas of Prometheus behind one querier each have their own copy.
  const up = `max by (${BY}, pod, instance) (up{endpoint=~"${COMPONENTS.map(portName).join('|')}"})`;
  const totals = await optional(api.query(`count by (${BY}) (${up})`));
  const ups = totals && (await api.query(`sum by (${BY}) (${up})`));
  if (totals === undefined || ups === undefined) return undefined;
  const counts = new Map(totals.map(({labels, value}) => [keyOfLabels(labels), {up: 0, down: value}]));
  for (const {labels, value} of ups) {
    const total = counts.get(keyOfLabels(labels));
    if (total !== undefined) counts.set(keyOfLabels(labels), {up: value, down: total.down - value});
  }
  return counts;
}

function keyOfLabels(labels: Readonly<Record<string, unknown>>): string {
  return countKey(
    stringAt(labels, 'namespace') ?? '',
    stringAt(labels, 'service') ?? '',
    stringAt(labels, 'endpoint') ?? '',
  );
}

function countKey(namespace: string, service: string, port: string): string {
  return `${namespace}/${service}/${port}`;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Undefined where it has no such endpoint. */
async function optional<T>(asking: Promise<T>): Promise<T | undefined> {
  return asking.catch((error: unknown) => {
    if (error instanceof PrometheusError && error.code === 'unsupported') return undefined;
    throw error;
  });
}

async function mapLimited<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({length: Math.min(limit, items.length)}, worker));
  return results;
}
