import {createRegistry, type MetricFamily} from '../../src/telemetry/metrics.ts';

/** What Prometheus would scrape of these families, line by line. */
export async function scrape(families: readonly MetricFamily[]): Promise<readonly string[]> {
  return (await createRegistry(families).metrics()).split('\n').filter((line) => line !== '');
}

/** Only the samples. */
export async function samples(families: readonly MetricFamily[]): Promise<readonly string[]> {
  return (await scrape(families)).filter((line) => !line.startsWith('#'));
}
