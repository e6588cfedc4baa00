import {setTimeout as sleep} from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Asks `probe` again and again until it gives something (neither undefined nor false).
 *
 * @throws {Error} naming `what` and the probe's last answer after `timeoutMs` (30 s); what the probe throws at once
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  {timeoutMs = 30_000, everyMs = 50}: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await sleep(everyMs);
  }
}

/** Asks `probe` for `forMs` and throws as soon as it does not hold. */
export async function holds(what: string, probe: () => Promise<boolean>, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    if (!(await probe())) throw new Error(`did not hold: ${what}`);
    await sleep(50);
  }
}
