import type {Clock} from '../clock.ts';
import {type Backoff, backoffDelay} from './backoff.ts';

/** Done, or to be done again after some time. A worker that throws is called again after the key's backoff. */
export type Result = {readonly done: true} | {readonly againAfterMs: number};

export interface WorkQueueOptions {
  readonly worker: (key: string) => Promise<Result>;
  readonly onError: (key: string, error: unknown, retryMs: number) => void;
  readonly concurrency: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * A queue of keys as in client-go: a key waits at most once, is worked on by one worker at a time, and when it is added
 * while it is worked on it is worked on again afterwards.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #addedWhileActive = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();
  #stopped = false;
  #idle = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    if (this.#active.has(key)) this.#addedWhileActive.add(key);
    else this.#waiting.add(key);
    this.#start();
  }

  /** Takes no more keys and resolves when the workers that run have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    if (this.#active.size > 0) await this.#idle.promise;
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    const {worker, onError, backoff, random} = this.#options;
    let againAfterMs: number | undefined;
    try {
      const result = await worker(key);
      this.#failures.delete(key);
      if ('againAfterMs' in result) againAfterMs = result.againAfterMs;
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      againAfterMs = backoffDelay(backoff, failures, random);
      onError(key, error, againAfterMs);
    }
    this.#finish(key, againAfterMs);
  }

  #finish(key: string, againAfterMs: number | undefined): void {
    this.#active.delete(key);
    if (this.#stopped) {
      if (this.#active.size === 0) this.#idle.resolve();
      return;
    }
    if (this.#addedWhileActive.delete(key)) this.add(key);
    else if (againAfterMs !== undefined)
      this.#timers.set(
        key,
        this.#options.clock.after(againAfterMs, () => this.add(key)),
      );
    this.#start();
  }
}
