import {STATUS_CODES} from 'node:http';
import type {Labels, MetricFamily} from '../telemetry/metrics.ts';

/** One millisecond is about what the API server notices of us; its own `timeoutSeconds` of 3 is the end of the scale. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

/** Refused before there was a request with a status of its own. */
export type ConnectionCause = 'tls-handshake' | 'too-many-connections';

/** What the webhook has done since it began. */
export class AdmissionMetrics {
  readonly #decisions = new Map<string, {readonly labels: Labels; count: number}>();
  readonly #rejections = new Map<string, number>();
  readonly #observers: ((labels: Labels, seconds: number) => void)[] = [];
  #inFlight = 0;
  #failures = 0;

  readonly families: readonly MetricFamily[] = [
    {
      type: 'counter',
      name: 'admission_requests_total',
      help: 'Reviews by what was decided and why, dry runs left out.',
      labelNames: ['decision', 'reason'],
      read: () => [...this.#decisions.values()].map(({labels, count}) => ({labels, value: count})),
    },
    {
      type: 'histogram',
      name: 'admission_duration_seconds',
      help: 'From the headers of a request to the last byte of its answer, for answered reviews.',
      labelNames: [],
      buckets: DURATION_BUCKETS,
      feed: (observe) => this.#observers.push(observe),
    },
    {
      type: 'gauge',
      name: 'admission_in_flight',
      help: 'Requests that are not answered yet.',
      labelNames: [],
      read: () => [{labels: {}, value: this.#inFlight}],
    },
    {
      type: 'counter',
      name: 'admission_rejected_total',
      help: 'Requests and connections that were given no review, by the HTTP status in words or what else was wrong.',
      labelNames: ['cause'],
      read: () => [...this.#rejections].map(([cause, value]) => ({labels: {cause}, value})),
    },
    {
      type: 'counter',
      name: 'admission_failures_total',
      help: 'Reviews whose object passed unchanged because of a mistake in the webhook.',
      labelNames: [],
      read: () => [{labels: {}, value: this.#failures}],
    },
  ];

  decided(decision: string, reason: string): void {
    const key = `${decision} ${reason}`;
    const entry = this.#decisions.get(key) ?? {labels: {decision, reason}, count: 0};
    entry.count++;
    this.#decisions.set(key, entry);
  }

  answered(milliseconds: number): void {
    for (const observe of this.#observers) observe({}, milliseconds / 1000);
  }

  began(): void {
    this.#inFlight++;
  }

  ended(): void {
    this.#inFlight--;
  }

  failed(): void {
    this.#failures++;
  }

  rejected(cause: number | ConnectionCause): void {
    const name = typeof cause === 'number' ? statusInWords(cause) : cause;
    this.#rejections.set(name, (this.#rejections.get(name) ?? 0) + 1);
  }
}

/** `413` → `payload-too-large` */
function statusInWords(status: number): string {
  return (STATUS_CODES[status] ?? String(status)).toLowerCase().replaceAll(' ', '-');
}
