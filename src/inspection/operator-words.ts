import type {AcceptanceEvidence} from '../diagnosis/evidence.ts';
import {dateAt, dig, stringAt} from '../json.ts';

/** One thing that prometheus-operator said of a ServiceMonitor. */
export interface OperatorWord {
  readonly namespace: string;
  readonly monitor: string;
  readonly source: 'binding' | 'event';
  readonly said: 'accepted' | 'rejected';
  readonly message: string;
  readonly at: Date | undefined;
}

/** An Event stays for an hour; while a monitor is rejected the operator repeats it at least at every resync, every five minutes. */
const EVENT_COUNTS_MS = 900_000;

/** `status.bindings` of a ServiceMonitor, where the operator's gate StatusForConfigurationResources is on. */
export function parseBindings(monitor: unknown): readonly OperatorWord[] {
  const bindings = dig(monitor, 'status', 'bindings');
  return list(bindings).flatMap((binding) =>
    list(dig(binding, 'conditions'))
      .filter((condition) => stringAt(condition, 'type') === 'Accepted')
      .map((condition) => ({
        namespace: stringAt(monitor, 'metadata', 'namespace') ?? '',
        monitor: stringAt(monitor, 'metadata', 'name') ?? '',
        source: 'binding' as const,
        said: stringAt(condition, 'status') === 'True' ? ('accepted' as const) : ('rejected' as const),
        message: stringAt(condition, 'message') ?? stringAt(condition, 'reason') ?? '',
        at: dateAt(condition, 'lastTransitionTime'),
      })),
  );
}

/** An Event `InvalidConfiguration`. */
export function parseRejection(event: unknown): OperatorWord {
  return {
    namespace: stringAt(event, 'involvedObject', 'namespace') ?? '',
    monitor: stringAt(event, 'involvedObject', 'name') ?? '',
    source: 'event',
    said: 'rejected',
    message: stringAt(event, 'message') ?? '',
    at:
      dateAt(event, 'series', 'lastObservedTime') ??
      dateAt(event, 'lastTimestamp') ??
      dateAt(event, 'eventTime') ??
      dateAt(event, 'metadata', 'creationTimestamp'),
  };
}

/**
 * A binding that rejects has the exact words. One that accepts may be stale, it stays for ever when the gate is switched off: a
 * newer Event contradicts it. An Event alone is vague: while it repeats, it keeps the words of the first time.
 */
export function acceptanceOf(words: readonly OperatorWord[], now: Date): AcceptanceEvidence {
  const newestFirst = words.toSorted((a, b) => timeOf(b) - timeOf(a));
  const binding = newestFirst.find(({source}) => source === 'binding');
  const event = newestFirst.find(
    (word) =>
      word.source === 'event' && now.getTime() - timeOf(word) < EVENT_COUNTS_MS && timeOf(word) > timeOf(binding),
  );
  const rejection = binding?.said === 'rejected' ? binding : event;
  if (rejection !== undefined) return {verdict: 'rejected', message: rejection.message};
  return {verdict: binding === undefined ? 'silent' : 'accepted'};
}

function timeOf(word: OperatorWord | undefined): number {
  return word?.at?.getTime() ?? 0;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
