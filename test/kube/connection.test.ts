import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import t from 'tap';
import {stringify} from 'yaml';
import {loadKubeConfig} from '../../src/kube/connection.ts';
import {heldClock} from '../support/clock.ts';

function kubeconfig(token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user: {token}}],
    contexts: [{name: 'x', context: {cluster: 'c', user: 'u'}}],
    'current-context': 'x',
  });
}

t.test('requests that start together share their connections', async (t) => {
  const file = join(t.testdir({kubeconfig: kubeconfig('secret')}), 'kubeconfig');
  const config = loadKubeConfig(file, heldClock());
  t.teardown(() => config.close());
  const sessions = await Promise.all([config.session(), config.session(), config.session()]);
  t.equal(new Set(sessions.map(({requests}) => requests)).size, 1);
  t.equal(new Set(sessions.map(({watches}) => watches)).size, 1);
  t.strictSame(sessions[0]?.headers, {Authorization: 'Bearer secret'});
});

t.test('credentials are read again after a minute; connections stay while the certificates do', async (t) => {
  const clock = heldClock();
  const file = join(t.testdir({kubeconfig: kubeconfig('first')}), 'kubeconfig');
  const config = loadKubeConfig(file, clock);
  t.teardown(() => config.close());
  const first = await config.session();
  config.loadFromString(kubeconfig('second'));
  await clock.advance(59_999);
  t.equal(await config.session(), first);
  await clock.advance(1);
  const second = await config.session();
  t.strictSame(second.headers, {Authorization: 'Bearer second'});
  t.equal(second.requests, first.requests);
});

t.test('a failure to read them is not remembered', async (t) => {
  const config = loadKubeConfig(join(t.testdir({kubeconfig: kubeconfig('x')}), 'kubeconfig'), heldClock());
  t.teardown(() => config.close());
  const {users} = config;
  config.users = [{name: 'u', certFile: '/none', keyFile: '/none'}];
  await t.rejects(config.session(), {code: 'ENOENT'});
  config.users = users;
  t.ok(await config.session());
});

t.test('a kubeconfig that cannot be used is refused in one line', async (t) => {
  const dir = t.testdir();
  writeFileSync(join(dir, 'broken'), 'a: [');
  t.throws(() => loadKubeConfig(join(dir, 'none'), heldClock()), {exitCode: 2, message: /none: ENOENT[^\n]*$/});
  t.throws(() => loadKubeConfig(join(dir, 'broken'), heldClock()), {exitCode: 2, message: /broken: [^\n]+$/});
});
