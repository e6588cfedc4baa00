import {dateAt, dig, isObject, stringAt} from '../json.ts';

/** Prometheus, or something that has its HTTP API. Every method throws {@link PrometheusError}. */
export interface PrometheusApi {
  /** The samples of an instant query. */
  query(expression: string): Promise<readonly Sample[]>;
  scrapePools(): Promise<ReadonlySet<string>>;
  targets(scrapePool: string): Promise<readonly Target[]>;
  /** The names of the jobs in the running configuration. */
  jobs(): Promise<ReadonlySet<string>>;
  /** When it last read its configuration. */
  configuredAt(): Promise<Date | undefined>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, unknown>>;
  readonly value: number;
}

export interface Target {
  /** `address:port`. */
  readonly instance: string;
  readonly pod: string | undefined;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** Gives the status and the body of a GET below the API's root. */
export type Transport = (path: string) => Promise<{readonly status: number; readonly text: string}>;

export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
  /** `unsupported`: it answers, but has no such endpoint (an agent, a querier). */
  readonly code: 'unreachable' | 'refused' | 'unsupported';

  constructor(code: PrometheusError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function createPrometheusApi(transport: Transport): PrometheusApi {
  return {
    async query(expression) {
      const result = dig(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`), 'result');
      return list(result).map((sample) => ({
        labels: isObject(sample.metric) ? sample.metric : {},
        value: Number(Array.isArray(sample.value) ? sample.value[1] : Number.NaN),
      }));
    },
    async scrapePools() {
      const pools = dig(await get('/api/v1/scrape_pools'), 'scrapePools');
      return new Set(Array.isArray(pools) ? pools.map(String) : []);
    },
    async targets(scrapePool) {
      const data = await get(`/api/v1/targets?state=active&scrapePool=${encodeURIComponent(scrapePool)}`);
      // Prometheus before 2.42 does not know the parameter and gives all.
      return list(dig(data, 'activeTargets'))
        .filter((target) => stringAt(target, 'scrapePool') === scrapePool)
        .map(target);
    },
    async jobs() {
      const yaml = stringAt(await get('/api/v1/status/config'), 'yaml') ?? '';
      return new Set([...yaml.matchAll(/^\s*- job_name: ["']?([^"'\n]+)/gm)].map(([, name = '']) => name.trim()));
    },
    async configuredAt() {
      return dateAt(await get('/api/v1/status/runtimeinfo'), 'lastConfigTime');
    },
  };

  async function get(path: string): Promise<unknown> {
    const {status, text} = await transport(path);
    const body = parse(text);
    if (status === 200 && stringAt(body, 'status') === 'success') return dig(body, 'data');
    const what = `${path.split('?', 1)[0]}: ${status} ${stringAt(body, 'error') ?? text.slice(0, 100).trim()}`;
    const isUnsupported = status === 404 || /unavailable with Prometheus Agent/.test(text);
    throw new PrometheusError(isUnsupported ? 'unsupported' : 'refused', what);
  }
}

function target(object: unknown): Target {
  const health = stringAt(object, 'health');
  return {
    instance: stringAt(object, 'labels', 'instance') ?? '',
    pod: stringAt(object, 'labels', 'pod'),
    health: health === 'up' || health === 'down' ? health : 'unknown',
    lastError: stringAt(object, 'lastError') ?? '',
  };
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
