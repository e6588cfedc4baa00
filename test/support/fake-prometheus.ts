import {type PrometheusApi, PrometheusError, type Sample, type Target} from '../../src/prometheus/api.ts';

/** A Prometheus of which a test says what it knows. */
export interface FakePrometheus {
  readonly api: PrometheusApi;
  /** What it was asked, in order. */
  readonly asked: string[];
  /** Targets by scrape pool; a pool without targets is there all the same. */
  readonly pools: Map<string, readonly Target[]>;
  /** Jobs that have no pool. */
  readonly jobs: Set<string>;
  /** By `namespace/service/port`. */
  readonly up: Map<string, {readonly up: number; readonly total: number}>;
  configuredAt: Date | undefined;
  /** What it does not have, as an agent has no queries and a querier no pools. */
  readonly lacks: Set<keyof PrometheusApi>;
  /** Thrown at every question. */
  failure: Error | undefined;
}

export function fakePrometheus(): FakePrometheus {
  const fake: FakePrometheus = {
    asked: [],
    pools: new Map(),
    jobs: new Set(),
    up: new Map(),
    configuredAt: new Date('2026-01-01T00:00:00Z'),
    lacks: new Set(),
    failure: undefined,
    api: {
      async query(expression) {
        const [aggregation = ''] = expression.split(' ', 1);
        ask('query', aggregation);
        return samples(aggregation === 'count' ? 'total' : 'up');
      },
      async scrapePools() {
        ask('scrapePools');
        return new Set(fake.pools.keys());
      },
      async targets(scrapePool) {
        ask('targets', scrapePool);
        return fake.pools.get(scrapePool) ?? [];
      },
      async jobs() {
        ask('jobs');
        return new Set([...fake.pools.keys(), ...fake.jobs]);
      },
      async configuredAt() {
        ask('configuredAt');
        return fake.configuredAt;
      },
    },
  };
  return fake;

  function ask(what: keyof PrometheusApi, detail = ''): void {
    fake.asked.push(`${what} ${detail}`.trim());
    if (fake.failure !== undefined) throw fake.failure;
    if (fake.lacks.has(what)) throw new PrometheusError('unsupported', `${what}: 404`);
  }

  function samples(of: 'up' | 'total'): readonly Sample[] {
    return [...fake.up].map(([key, counts]) => {
      const [namespace, service, endpoint] = key.split('/');
      return {labels: {namespace, service, endpoint}, value: counts[of]};
    });
  }
}
