import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import t from 'tap';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function run(...args: string[]): Promise<{code: number; stdout: string; stderr: string}> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], (_error, stdout, stderr) => {
      resolve({code: child.exitCode ?? -1, stdout, stderr});
    });
    child.stdin?.end();
  });
}

t.test('wrong usage: exit code 2 and one line on stderr', async (t) => {
  const cases: readonly (readonly [args: string[], message: string])[] = [
    [[], 'which command? One of webhook, controller, render, explain, status, check, certs, version'],
    [['bogus'], 'unknown command bogus; there are webhook, controller, render, explain, status, check, certs, version'],
    [
      ['constructor'],
      'unknown command constructor; there are webhook, controller, render, explain, status, check, certs, version',
    ],
    [['webhook'], 'webhook needs --tls-cert-file FILE'],
    [['webhook', '--port', '70000'], '--port 70000: expected a port from 0 to 65535'],
    [['webhook', '--tls-min-version', '1.1'], '--tls-min-version 1.1: expected 1.2 or 1.3'],
    [['controller', '--config', '/none.yaml'], '/none.yaml: cannot be read (ENOENT)'],
    [['controller', '--kubeconfig', '/none'], "/none: ENOENT: no such file or directory, open '/none'"],
  ];
  const results = await Promise.all(cases.map(([args]) => run(...args)));
  for (const [index, [args, message]] of cases.entries()) {
    t.strictSame(results[index], {code: 2, stdout: '', stderr: `kamaji-monitoring: ${message}\n`}, args.join(' '));
  }
});

t.test('help and version', async (t) => {
  t.match(await run('--help'), {code: 0, stdout: /^Usage:\n {2}kamaji-monitoring webhook /, stderr: ''});
  t.match(await run('version'), {code: 0, stdout: /^kamaji-monitoring \d+\.\d+\.\d+\n$/, stderr: ''});
});

t.test('a broken input: exit code 1', async (t) => {
  t.match(await run('render', '-f', '/none.yaml'), {
    code: 1,
    stderr: 'kamaji-monitoring: /none.yaml: cannot be read (ENOENT)\n',
  });
});

/** Every module that Node resolves while the webhook starts, asked of Node itself. */
t.test('the webhook loads no Kubernetes client and looks for no kubeconfig', async (t) => {
  const dir = t.testdir({
    'log-modules.mjs': `import {registerHooks} from 'node:module';
registerHooks({resolve(specifier, context, next) { const found = next(specifier, context); process.stderr.write('module ' + found.url + '\\n'); return found; }});`,
  });
  await new Promise((resolve) => execFile(process.execPath, [MAIN, 'certs'], {cwd: dir}, resolve));
  const flags = [
    '--tls-cert-file',
    `${dir}/certs/tls.crt`,
    '--tls-key-file',
    `${dir}/certs/tls.key`,
    '--port',
    '0',
    '--health-port',
    '0',
  ];
  const child = spawn(process.execPath, ['--import', `${dir}/log-modules.mjs`, MAIN, 'webhook', ...flags], {
    env: {PATH: process.env.PATH, KUBECONFIG: '/no/such/kubeconfig'},
  });
  let modules = '';
  child.stderr.on('data', (chunk) => {
    modules += String(chunk);
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  t.match(JSON.parse(String(line)), {msg: 'ready', role: 'webhook'});
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 0);
  t.match(modules, /admission\/server\.ts/);
  t.match(modules, /node_modules\/fastify\//);
  t.notMatch(modules, /client-node|undici|src\/kube|src\/companion/);
});
