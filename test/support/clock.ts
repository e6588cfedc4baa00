import type {Clock} from '../../src/clock.ts';

/** A clock that stands still until a test moves it. */
export interface HeldClock extends Clock {
  /** Moves on by `ms`, runs what is due on the way in its order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** How many actions wait. */
  pending(): number;
}

export function heldClock(): HeldClock {
  let time = 0;
  const timers = new Set<{readonly at: number; readonly action: () => void}>();
  return {
    now: () => time,
    after(ms, action) {
      const timer = {at: time + ms, action};
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pending: () => timers.size,
    async advance(ms) {
      const end = time + ms;
      for (;;) {
        await settle();
        const [next] = [...timers].filter(({at}) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        time = next.at;
        next.action();
      }
      time = end;
    },
  };
}

/** Lets everything that can go on without time or input go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
