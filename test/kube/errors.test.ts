import t from 'tap';
import {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isExpired,
  isNamespaceTerminating,
  isNotFound,
  isOutdated,
} from '../../src/kube/errors.ts';

const status = (code: number, reason: string, message = 'text', details = {}) =>
  new ApiError('GET /x', code, {kind: 'Status', code, reason, message, details});

t.test('classes of answers', async (t) => {
  t.ok(isNotFound(status(404, 'NotFound')));
  t.ok(isAlreadyExists(status(409, 'AlreadyExists')));
  t.notOk(isOutdated(status(409, 'AlreadyExists')), 'a name that is taken is no outdated object');
  t.ok(isOutdated(status(409, 'Conflict')));
  t.ok(isOutdated(status(422, 'Invalid')));
  t.ok(isExpired(status(410, 'Expired')));
  t.ok(isExpired(status(410, 'Gone')));
  const terminating =
    'services "x" is forbidden: unable to create new content in namespace y because it is being terminated';
  t.ok(isNamespaceTerminating(status(403, 'Forbidden', terminating)));
  t.notOk(isNamespaceTerminating(status(403, 'Forbidden', 'no right')));
  t.notOk(isNotFound(new Error('404')));
});

t.test('the message tells what was tried and what came of it', async (t) => {
  t.equal(status(404, 'NotFound', 'services "x" not found').message, 'GET /x: 404 services "x" not found');
  t.equal(new ApiError('GET /x', 502, {}).message, 'GET /x: 502 without a message');
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {code: 'ECONNREFUSED'});
  t.equal(
    new ConnectionError('GET /x', new TypeError('fetch failed', {cause: refused})).message,
    'GET /x: ECONNREFUSED',
  );
  t.equal(new ConnectionError('GET /x', 'odd').message, 'GET /x: odd');
});

t.test('a pause that is asked for is known in milliseconds', async (t) => {
  t.equal(status(429, 'TooManyRequests', 'x', {retryAfterSeconds: 3}).retryAfterMs, 3000);
  t.equal(new ApiError('GET /x', 429, {}, '2').retryAfterMs, 2000);
  t.equal(new ApiError('GET /x', 429, {}).retryAfterMs, undefined);
  t.equal(new ApiError('GET /x', 429, {}, 'Wed, 21 Oct 2026 07:28:00 GMT').retryAfterMs, undefined);
});
