import t from 'tap';
import {type Result, WorkQueue} from '../../src/kube/work-queue.ts';
import {heldClock, settle} from '../support/clock.ts';

interface Setup {
  readonly concurrency?: number;
  readonly outcome?: (key: string, calls: number) => Result | Error;
}

function setup({concurrency = 2, outcome = () => ({done: true})}: Setup = {}) {
  const clock = heldClock();
  const started: string[] = [];
  const errors: {readonly key: string; readonly retryMs: number}[] = [];
  const finish: (() => void)[] = [];
  const queue = new WorkQueue({
    async worker(key) {
      started.push(key);
      const calls = started.filter((other) => other === key).length;
      await new Promise<void>((resolve) => finish.push(resolve));
      const result = outcome(key, calls);
      if (result instanceof Error) throw result;
      return result;
    },
    onError: (key, _error, retryMs) => errors.push({key, retryMs}),
    concurrency,
    backoff: {firstMs: 100, maxMs: 1000},
    clock,
    random: () => 1,
  });
  return {
    clock,
    started,
    errors,
    queue,
    async finishNext() {
      finish.shift()?.();
      await settle();
    },
  };
}

t.test('a key that waits is not added twice', async (t) => {
  const {queue, started, finishNext} = setup({concurrency: 1});
  for (const key of ['a', 'b', 'b', 'b']) queue.add(key);
  await finishNext();
  await finishNext();
  await finishNext();
  t.strictSame(started, ['a', 'b']);
});

t.test('no more workers run than are allowed', async (t) => {
  const {queue, started, finishNext} = setup({concurrency: 2});
  for (const key of ['a', 'b', 'c']) queue.add(key);
  t.strictSame(started, ['a', 'b']);
  await finishNext();
  t.strictSame(started, ['a', 'b', 'c']);
});

t.test('a key has one worker at a time; what is added meanwhile is worked on afterwards, once', async (t) => {
  const {queue, started, finishNext} = setup();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  t.strictSame(started, ['a']);
  await finishNext();
  t.strictSame(started, ['a', 'a']);
  await finishNext();
  t.strictSame(started, ['a', 'a']);
});

t.test(
  'a failed key comes again after a time that doubles up to its limit, and starts anew after a success',
  async (t) => {
    const {queue, started, errors, clock, finishNext} = setup({
      outcome: (_key, calls) => (calls === 6 ? {done: true} : new Error('no')),
    });
    queue.add('a');
    for (let call = 1; call <= 5; call++) {
      await finishNext();
      await clock.advance(1000);
    }
    t.strictSame(
      errors.map(({retryMs}) => retryMs),
      [100, 200, 400, 800, 1000],
    );
    await finishNext();
    queue.add('a');
    await finishNext();
    t.equal(errors.at(-1)?.retryMs, 100);
    t.equal(started.length, 7);
  },
);

t.test('a key can ask to come again later; an event brings it at once and the later time is forgotten', async (t) => {
  const {queue, started, clock, finishNext} = setup({
    outcome: (_key, calls) => (calls === 1 ? {againAfterMs: 5000} : {done: true}),
  });
  queue.add('a');
  await finishNext();
  await clock.advance(4999);
  t.equal(started.length, 1);
  queue.add('a');
  t.equal(started.length, 2);
  await finishNext();
  await clock.advance(10_000);
  t.equal(started.length, 2);
  t.equal(clock.pending(), 0);
});

t.test('stopping waits for the workers that run and starts no other', async (t) => {
  const {queue, started, finishNext} = setup({concurrency: 1, outcome: () => new Error('no')});
  queue.add('a');
  queue.add('b');
  let stopped = false;
  const stop = queue.stop().then(() => {
    stopped = true;
  });
  await settle();
  t.notOk(stopped);
  await finishNext();
  await stop;
  queue.add('c');
  await settle();
  t.strictSame(started, ['a']);
});
