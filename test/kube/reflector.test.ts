import pino from 'pino';
import t from 'tap';
import {stringAt} from '../../src/json.ts';
import type {KubeClient, ListPage, WatchOptions} from '../../src/kube/client.ts';
import {ApiError, ConnectionError} from '../../src/kube/errors.ts';
import {createReflector} from '../../src/kube/reflector.ts';
import {type Keyed, Store} from '../../src/kube/store.ts';
import {heldClock, settle} from '../support/clock.ts';

const RESOURCE = {group: '', version: 'v1', plural: 'things', kind: 'Thing'};
const object = (name: string, resourceVersion = '1') => ({metadata: {name, resourceVersion}});
const page = (items: readonly object[], resourceVersion: string, continueToken?: string): ListPage => ({
  items,
  resourceVersion,
  continueToken,
});

/** A client whose answers are given one after the other; a watch stays open until the test ends it. */
function setup(lists: (ListPage | Error)[], {optional = false} = {}) {
  const clock = heldClock();
  const store = new Store<Keyed>();
  const asked: string[] = [];
  let watching: {options: WatchOptions; end: (error?: Error) => void} | undefined;
  const client = {
    async list(_resource: unknown, {continueToken}: {continueToken?: string}) {
      asked.push(continueToken === undefined ? 'list' : `list from ${continueToken}`);
      const answer = lists.shift();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('no more answers');
      return answer;
    },
    watch(_resource: unknown, options: WatchOptions) {
      asked.push(`watch from ${options.resourceVersion}`);
      return new Promise<void>((resolve, reject) => {
        watching = {options, end: (error) => (error === undefined ? resolve() : reject(error))};
        options.signal.addEventListener('abort', () => resolve());
      });
    },
  } as unknown as KubeClient;
  const reflector = createReflector({
    client,
    resource: RESOURCE,
    optional,
    store,
    trim: (found) => ({key: stringAt(found, 'metadata', 'name') ?? ''}),
    clock,
    random: () => 1,
    logger: pino({level: 'silent'}),
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  return {
    clock,
    store,
    asked,
    synced: reflector.synced,
    event: (type: 'ADDED' | 'MODIFIED' | 'DELETED', found: object) => watching?.options.onEvent({type, object: found}),
    async endWatch(error?: Error) {
      watching?.end(error);
      await settle();
    },
    async stop() {
      stop.abort();
      await running;
    },
    keys: () => [...store.values()].map(({key}) => key).sort(),
  };
}

t.test('lists page by page, then watches from there', async (t) => {
  const {synced, keys, asked, event, stop} = setup([page([object('a')], '7', 'more'), page([object('b')], '8')]);
  await synced;
  await settle();
  t.strictSame(asked, ['list', 'list from more', 'watch from 8']);
  event('ADDED', object('c', '9'));
  event('DELETED', object('a', '10'));
  t.strictSame(keys(), ['b', 'c']);
  await stop();
});

t.test('a watch that ends is continued from the last event', async (t) => {
  const {synced, asked, event, endWatch, clock, stop} = setup([page([], '7')]);
  await synced;
  await clock.advance(5000);
  event('ADDED', object('a', '9'));
  await endWatch();
  t.strictSame(asked, ['list', 'watch from 7', 'watch from 9']);
  await stop();
});

t.test('a watch that ends at once is not asked for in a tight loop', async (t) => {
  const {synced, asked, endWatch, clock, stop} = setup([page([], '7')]);
  await synced;
  await settle();
  await endWatch();
  t.equal(asked.length, 2);
  await clock.advance(500);
  t.equal(asked.length, 3);
  await stop();
});

t.test('a version that is too old leads to a new list, and what it lacks is deleted', async (t) => {
  const {synced, keys, asked, endWatch, clock, stop} = setup([
    page([object('a'), object('b')], '7'),
    page([object('b')], '20'),
  ]);
  await synced;
  await clock.advance(5000);
  await endWatch(new ApiError('watch', 410, {reason: 'Expired'}));
  await clock.advance(500);
  t.strictSame(asked, ['list', 'watch from 7', 'list', 'watch from 20']);
  t.strictSame(keys(), ['b']);
  await stop();
});

t.test('while the API server is away it asks more and more rarely, for ever, and the store stays', async (t) => {
  const away = () => new ConnectionError('GET', new Error('ECONNREFUSED'));
  const {synced, keys, asked, endWatch, clock, stop} = setup([
    page([object('a')], '7'),
    away(),
    away(),
    away(),
    page([object('a')], '8'),
  ]);
  await synced;
  await clock.advance(5000);
  await endWatch(away());
  for (const [wait, lists] of [
    [500, 2],
    [1000, 3],
    [2000, 4],
    [4000, 5],
  ] as const) {
    await clock.advance(wait - 1);
    t.equal(asked.filter((what) => what === 'list').length, lists - 1);
    t.strictSame(keys(), ['a']);
    await clock.advance(1);
    await settle();
    t.equal(asked.filter((what) => what === 'list').length, lists);
  }
  t.equal(asked.at(-1), 'watch from 8');
  await stop();
});

t.test('is not synced before the first list, and ends when told to although there never was one', async (t) => {
  const {synced, clock, stop} = setup([]);
  let done = false;
  void synced.then(() => {
    done = true;
  });
  await clock.advance(60_000);
  t.notOk(done);
  await stop();
});

const unknownKind = () => new ApiError('GET /apis/x/v1/things', 404, {message: '404 page not found'});

t.test('an optional kind that the cluster does not know counts as empty, and is asked for every 30 s', async (t) => {
  const {synced, keys, asked, clock, stop} = setup(
    [unknownKind(), unknownKind(), unknownKind(), page([object('a')], '7')],
    {optional: true},
  );
  await synced;
  t.strictSame(keys(), []);
  for (const lists of [1, 2, 3]) {
    await clock.advance(29_999);
    t.equal(asked.length, lists);
    await clock.advance(1);
    await settle();
  }
  t.strictSame(asked, ['list', 'list', 'list', 'list', 'watch from 7']);
  t.strictSame(keys(), ['a']);
  await stop();
});

t.test('an optional kind that is removed from the cluster takes its objects along', async (t) => {
  const {synced, keys, asked, clock, endWatch, stop} = setup(
    [page([object('a')], '7'), unknownKind(), page([object('b')], '1')],
    {optional: true},
  );
  await synced;
  await clock.advance(5000);
  await endWatch(unknownKind());
  t.strictSame(keys(), []);
  await clock.advance(30_000);
  t.strictSame([asked.length, keys()], [3, []]);
  await clock.advance(30_000);
  await settle();
  t.strictSame(asked, ['list', 'watch from 7', 'list', 'list', 'watch from 1']);
  t.strictSame(keys(), ['b']);
  await stop();
});

t.test('of an optional kind only 404 means that it is not known: all else is tried again soon', async (t) => {
  const {keys, asked, clock, stop, synced} = setup(
    [
      new ApiError('GET', 403, {reason: 'Forbidden'}),
      new ConnectionError('GET', new Error('x')),
      page([object('a')], '7'),
    ],
    {optional: true},
  );
  await clock.advance(1500);
  await synced;
  await settle();
  t.strictSame(asked, ['list', 'list', 'list', 'watch from 7']);
  t.strictSame(keys(), ['a']);
  await stop();
});

t.test('a kind that must be there and is not is tried again and again, and never synced', async (t) => {
  const {synced, asked, clock, stop} = setup(Array.from({length: 9}, unknownKind));
  let done = false;
  void synced.then(() => {
    done = true;
  });
  await clock.advance(60_000);
  t.notOk(done);
  t.equal(asked.length, 7);
  await stop();
});
