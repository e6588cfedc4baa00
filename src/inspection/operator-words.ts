import type {AcceptanceEvidence} from '../diagnosis/evidence.ts';
import {dateAt, dig, stringAt} from '../json.ts';

/** One thing that prometheus-operator said of a ServiceMonitor. */
export interface OperatorWord {
  readonly namespace: string;
  readonly monitor: string;
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
 * The newest word counts. A binding alone may be stale: it stays for ever when the gate is switched off, and an Event that is
 * newer contradicts it.
 */
export function acceptanceOf(words: readonly OperatorWord[], now: Date): AcceptanceEvidence {
  const [newest] = words
    .filter(({said, at}) => said === 'accepted' || (at !== undefined && now.getTime() - at.getTime() < EVENT_COUNTS_MS))
    .toSorted((a, b) => (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0));
  if (newest === undefined) return {verdict: 'silent'};
  return newest.said === 'accepted' ? {verdict: 'accepted'} : {verdict: 'rejected', message: newest.message};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
