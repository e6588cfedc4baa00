import {Counter, Gauge, Registry} from '@prometheus-io/client';

/** One time series of a family, read at the moment of a scrape. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly type: 'gauge' | 'counter';
  /** Without the prefix of the product. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly read: () => Iterable<Reading>;
}

const METRIC_PREFIX = 'kamaji_monitoring_';

/** A registry whose values are read from the state of the program at every scrape, so that nothing is kept twice. */
export function createRegistry(families: readonly MetricFamily[]): Registry {
  const registry = new Registry();
  for (const {type, name, help, labelNames, read} of families) {
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
  return registry;
}
