import {Counter, Gauge, Histogram, Registry} from '@prometheus-io/client';

export type Labels = Readonly<Record<string, string>>;

/** One time series of a family, read at the moment of a scrape. */
export interface Reading {
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  /** Without the prefix of the product. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export interface ValueFamily extends Family {
  readonly type: 'gauge' | 'counter';
  readonly read: () => Iterable<Reading>;
}

export interface HistogramFamily extends Family {
  readonly type: 'histogram';
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  /** Called once per registry: from then on every measurement goes to `observe`. */
  readonly feed: (observe: (labels: Labels, value: number) => void) => void;
}

export type MetricFamily = ValueFamily | HistogramFamily;

const METRIC_PREFIX = 'kamaji_monitoring_';

/**
 * A registry whose values are read from the state of the program at every scrape, so that nothing is kept twice. Only a
 * distribution is kept here, since no other state holds it.
 */
export function createRegistry(families: readonly MetricFamily[]): Registry {
  const registry = new Registry();
  for (const family of families) {
    if (family.type === 'histogram') addHistogram(registry, family);
    else addValues(registry, family);
  }
  return registry;
}

function addValues(registry: Registry, {type, name, help, labelNames, read}: ValueFamily): void {
  const Metric = type === 'gauge' ? Gauge : Counter;
  const metric = new Metric({
    name: METRIC_PREFIX + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      metric.reset();
      // One without labels is 0 then, and what is not known is not 0.
      if (labelNames.length === 0) metric.remove();
      for (const {labels, value} of read()) metric.inc({...labels}, value);
    },
  });
}

function addHistogram(registry: Registry, {name, help, labelNames, buckets, feed}: HistogramFamily): void {
  const histogram = new Histogram({
    name: METRIC_PREFIX + name,
    help,
    labelNames: [...labelNames],
    buckets: [...buckets],
    registers: [registry],
  });
  feed((labels, value) => histogram.observe({...labels}, value));
}
