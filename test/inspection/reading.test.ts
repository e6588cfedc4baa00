import t from 'tap';
import {fileBy, find, listAs} from '../../src/inspection/reading.ts';
import type {KubeClient, ListOptions, ListPage} from '../../src/kube/client.ts';
import {ApiError, ConnectionError} from '../../src/kube/errors.ts';

const RESOURCE = {group: '', version: 'v1', plural: 'things', kind: 'Thing'};

/** Answers each page, or fails, in turn. */
function client(...answers: readonly (ListPage | Error)[]) {
  const left = [...answers];
  const asked: ListOptions[] = [];
  return {
    asked,
    client: {
      async list(_resource: unknown, options: ListOptions) {
        asked.push(options);
        const answer = left.shift();
        if (answer instanceof Error || answer === undefined) throw answer ?? new Error('no more answers');
        return answer;
      },
    } as unknown as KubeClient,
  };
}

const page = (items: readonly unknown[], continueToken?: string): ListPage => ({
  items,
  resourceVersion: '1',
  continueToken,
});
const apiError = (status: number, body: object = {}) => new ApiError('GET /things', status, body);
const lost = new ConnectionError('GET /things', new Error('socket hang up'));

t.test('a list is read page after page, with the same selectors, and parsed', async (t) => {
  const {client: api, asked} = client(page(['a', 'b'], 'more'), page(['c']));
  const options = {namespace: 'x', labelSelector: 'a=b'};
  t.strictSame(await listAs(api, RESOURCE, options, (item) => `${item}!`), {
    state: 'listed',
    items: ['a!', 'b!', 'c!'],
  });
  t.strictSame(asked, [
    {...options, continueToken: undefined},
    {...options, continueToken: 'more'},
  ]);
});

t.test('403 is something that may not be seen, 404 a kind that the cluster does not know', async (t) => {
  const list = (error: Error) => listAs(client(error).client, RESOURCE, {}, String);
  t.strictSame(await list(apiError(403)), {state: 'forbidden', items: []});
  t.strictSame(await list(apiError(404)), {state: 'unknown-kind', items: []});
});

t.test('half a list is no list', async (t) => {
  const {client: api} = client(page(['a'], 'more'), apiError(403));
  t.strictSame(await listAs(api, RESOURCE, {}, String), {state: 'forbidden', items: []});
});

t.test('one object: there, not there, or not to be seen', async (t) => {
  t.equal(await find(Promise.resolve('it')), 'it');
  t.equal(await find(Promise.reject(apiError(404))), 'not-there');
  t.equal(await find(Promise.reject(apiError(403))), 'forbidden');
});

t.test('what is filed under its keys is found by each of them, in the order in which it came', async (t) => {
  const filed = fileBy(['ab', 'b', 'c', 'ba'], (word) => [...word]);
  t.strictSame(filed('b'), ['ab', 'b', 'ba']);
  t.strictSame(filed('c'), ['c']);
  t.strictSame(filed('constructor'), []);
});

const failures: readonly (readonly [title: string, error: Error, message: string])[] = [
  [
    'a lost connection, with what to try',
    lost,
    'the cluster cannot be read: GET /things: socket hang up; --kubeconfig or KUBECONFIG name another cluster',
  ],
  [
    'credentials that are not accepted',
    apiError(401, {message: 'Unauthorized'}),
    'the cluster cannot be read: GET /things: 401 Unauthorized',
  ],
  [
    'an API server that fails in many lines',
    apiError(500, {message: 'panic\ngoroutine 1'}),
    'the cluster cannot be read: GET /things: 500 panic',
  ],
  [
    'a program of the kubeconfig that fails',
    new Error('aws: not found\n  at /bin/sh'),
    'the cluster cannot be read: aws: not found; --kubeconfig or KUBECONFIG name another cluster',
  ],
];
for (const [title, error, message] of failures) {
  t.test(`an error in one line for people: ${title}`, async (t) => {
    const expected = {code: 'CLUSTER', exitCode: 1, message, cause: error};
    await t.rejects(listAs(client(error).client, RESOURCE, {}, String), expected);
    await t.rejects(find(Promise.reject(error)), expected);
  });
}
