import t from 'tap';
import {durationMs, isDuration} from '../src/duration.ts';

t.test('durations as Prometheus writes them', async (t) => {
  for (const [text, ms] of [
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['100ms', 100],
    ['1d2h', 93_600_000],
    ['1w', 604_800_000],
    ['1y', 31_536_000_000],
  ] as const) {
    t.ok(isDuration(text), text);
    t.equal(durationMs(text), ms, text);
  }
  for (const text of ['', '15', '15 s', 's', '1s1m', '-1s', '1.5s', '15sec']) t.notOk(isDuration(text), text);
});
