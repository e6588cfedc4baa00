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

/**
 * What Prometheus knows of the targets of these ServiceMonitors, in their order. Two queries say it for all that are well;
 * only what is down or missing is asked for pool by pool.
 *
 * @throws {PrometheusError} where it cannot be reached or refuses
 */
export async function readTargets(
  api: PrometheusApi,
  monitors: readonly MonitorReference[],
): Promise<readonly TargetsReading[]> {
  const counts = await countUp(api);
  const once = memo(api);
  const questions = monitors.flatMap((monitor) => COMPONENTS.map((component, index) => ({monitor, component, index})));
  const answers = await mapLimited(questions, CONCURRENCY, async ({monitor, component, index}) => {
    const known = counts?.get(countKey(monitor.namespace, monitor.service, portName(component))) ?? {up: 0, down: 0};
    const isWell = counts !== undefined && known.down === 0 && known.up >= (monitor.expected ?? 1);
    if (isWell) return {...known, pending: 0, pool: undefined, job: undefined, failures: []};
    return inquire(api, `serviceMonitor/${monitor.namespace}/${monitor.monitor}/${index}`, known, once);
  });
  const configuredAt = once.used() ? await optional(api.configuredAt()) : undefined;
  return monitors.map((_monitor, position) => ({
    configuredAt,
    components: Object.fromEntries(
      COMPONENTS.map((component, index) => [component, answers[position * COMPONENTS.length + index]]),
    ) as Record<Component, ComponentTargets>,
  }));
}

/** One component, looked at closely. */
async function inquire(api: PrometheusApi, pool: string, known: Counts, once: Memo): Promise<ComponentTargets> {
  const pools = await once.pools();
  const unknown = {...known, pending: 0, pool: undefined, job: undefined, failures: []};
  if (pools === undefined) return unknown;
  if (!pools.has(pool)) {
    const jobs = await once.jobs();
    return {...unknown, pool: 'missing', job: jobs && (jobs.has(pool) ? 'there' : 'missing')};
  }
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

interface Memo {
  pools(): Promise<ReadonlySet<string> | undefined>;
  jobs(): Promise<ReadonlySet<string> | undefined>;
  used(): boolean;
}

/** Pools and jobs are asked for when first needed, once. */
function memo(api: PrometheusApi): Memo {
  let pools: Promise<ReadonlySet<string> | undefined> | undefined;
  let jobs: Promise<ReadonlySet<string> | undefined> | undefined;
  return {
    pools: () => (pools ??= optional(api.scrapePools())),
    jobs: () => (jobs ??= optional(api.jobs())),
    used: () => pools !== undefined,
  };
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
