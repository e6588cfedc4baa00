import type {PrometheusInstance} from '../../prometheus/instance.ts';
import type {Inspected} from '../fleet.ts';

/**
 * kube-apiserver 1.36 of an empty tenant, measured: 14,600 samples after the guide's relabeling, a body of 3.1 MB, and series
 * of 17 labels (its own 10, of these the name, and 7 of the target).
 */
const NEEDED = {samples: 15_000, bodyBytes: 3_500_000, labels: 17};
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  PB: 2 ** 50,
  EB: 2 ** 60,
};

export interface TooLowLimit {
  /** As it stands in the object. */
  readonly limit: string;
  readonly needed: string;
}

/** Enforced limits of a Prometheus object under which a scrape of ours fails; 0 is no limit. */
export function tooLowLimits({enforced}: PrometheusInstance, fleet: readonly Inspected[]): readonly TooLowLimit[] {
  const {sampleLimit, bodySizeLimit, labelLimit, targetLimit} = enforced;
  const replicas = Math.max(1, ...fleet.map(({evidence}) => evidence.tcp.replicas));
  return [
    ...tooLow('enforcedSampleLimit', sampleLimit, NEEDED.samples, 'samples'),
    ...tooLow('enforcedLabelLimit', labelLimit, NEEDED.labels, 'labels'),
    ...tooLow('enforcedTargetLimit', targetLimit, replicas, 'targets'),
    ...(isBelow(bodySizeLimit && sizeBytes(bodySizeLimit), NEEDED.bodyBytes)
      ? [{limit: `enforcedBodySizeLimit: ${bodySizeLimit}`, needed: '3.5MB'}]
      : []),
  ];
}

/** Bytes of a size as Prometheus writes it, such as `10MB`, which is 10 * 1024 * 1024; undefined where it is none. */
export function sizeBytes(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([KMGTPE]?i?B)$/.exec(text) ?? [];
  const factor = UNITS[unit.replace('i', '')];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

function tooLow(key: string, value: number | undefined, needed: number, what: string): readonly TooLowLimit[] {
  return isBelow(value, needed) ? [{limit: `${key}: ${value}`, needed: `${needed.toLocaleString('en')} ${what}`}] : [];
}

function isBelow(value: number | string | undefined, needed: number): boolean {
  return typeof value === 'number' && value > 0 && value < needed;
}
