import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import t, {type Test} from 'tap';
import {FILES, PARTS} from './parts.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const WRAPPERS = dirname(MAIN);
const IN_ASSETS = PARTS.filter((part) => part.inAssets).flatMap((part) => Object.keys(part.binaries));
const BINARIES = PARTS.flatMap((part) => Object.keys(part.binaries));

/** Stands in for Go: notes each build, takes its time, and writes a script as the binary. */
const GO = `#!/bin/sh
case "$1" in
  env) echo go1.26.0 ;;
  mod) ;;
  list) echo "$FAKE/module" ;;
  build)
    while [ "$1" != -o ]; do shift; done
    echo "$2" >> "$FAKE/builds"
    printf half > "$2"
    sleep "\${FAKE_SLEEP:-0}"
    printf whole > "$2"
    chmod +x "$2" ;;
esac
`;

function setup(t: Test, goScript: string | null = GO) {
  const root = t.testdir({bin: {}, home: {}, module: {}, wrappers: {}});
  if (goScript !== null) writeFileSync(join(root, 'bin', 'go'), goScript, {mode: 0o755});
  for (const {from} of FILES) mkdirSync(join(root, 'module', from), {recursive: true});
  for (const {from} of FILES) writeFileSync(join(root, 'module', from, 'x.yaml'), 'x: 1\n', {mode: 0o444});
  for (const name of new Set([...PARTS.map((part) => part.name), ...FILES.map((files) => files.wrapper)])) {
    cpSync(join(WRAPPERS, name), join(root, 'wrappers', name), {recursive: true});
  }
  const cache = join(root, 'home', '.cache', 'kamaji-monitoring', 'toolchain');
  return {
    root,
    cache,
    builds: () =>
      existsSync(join(root, 'builds')) ? readFileSync(join(root, 'builds'), 'utf8').trim().split('\n') : [],
    run(env: NodeJS.ProcessEnv = {}) {
      const path = `${join(root, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`;
      const child = spawn(process.execPath, [MAIN, '--wrappers', join(root, 'wrappers')], {
        env: {PATH: path, HOME: join(root, 'home'), FAKE: root, ...env},
      });
      return {child, ended: collect(child)};
    },
  };
}

async function collect(child: ChildProcess): Promise<{code: number | null; stdout: string; stderr: string}> {
  const output = {stdout: '', stderr: ''};
  child.stdout?.on('data', (chunk) => {
    output.stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    output.stderr += String(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return {code, ...output};
}

function checkFolder(t: Test, stdout: string): void {
  const folder = stdout.trim().split('\n').at(-1) ?? '';
  for (const binary of BINARIES) t.equal(readFileSync(join(folder, binary), 'utf8'), 'whole', binary);
  for (const {to} of FILES) t.strictSame(readdirSync(join(folder, to)), ['x.yaml'], to);
}

t.test('builds everything once, says what it does on stderr, and prints the folder', async (t) => {
  const {run, builds} = setup(t);
  const first = await run().ended;
  t.equal(first.code, 0);
  t.match(first.stderr, /^toolchain: kubernetes: building kube-apiserver.*about 5 min/);
  checkFolder(t, first.stdout);
  t.equal(builds().length, BINARIES.length);
  t.strictSame(await run().ended, {code: 0, stdout: first.stdout, stderr: ''});
  t.equal(builds().length, BINARIES.length);
});

t.test('a changed wrapper module rebuilds its part and no other', async (t) => {
  const {run, builds, root} = setup(t);
  const first = await run().ended;
  const sum = join(root, 'wrappers', 'etcd', 'go.sum');
  chmodSync(sum, 0o644);
  writeFileSync(sum, `${readFileSync(sum, 'utf8')}\n`);
  const second = await run().ended;
  t.not(second.stdout, first.stdout);
  checkFolder(t, second.stdout);
  t.strictSame(
    builds()
      .slice(BINARIES.length)
      .map((path) => path.split('/').at(-1)),
    ['etcd'],
  );
});

t.test('of two that run at once one builds and the other waits', async (t) => {
  const {run, builds} = setup(t);
  const results = await Promise.all([run({FAKE_SLEEP: '0.2'}).ended, run({FAKE_SLEEP: '0.2'}).ended]);
  t.strictSame(
    results.map(({code}) => code),
    [0, 0],
  );
  t.equal(builds().length, BINARIES.length);
  t.equal(results.filter(({stderr}) => stderr.includes('another process is building')).length, 1);
  for (const {stdout} of results) checkFolder(t, stdout);
});

t.test('killed in the middle it leaves nothing half-written, and the next one builds', async (t) => {
  const {run, cache} = setup(t);
  const killed = run({FAKE_SLEEP: '1'});
  await once(killed.child.stderr, 'data');
  killed.child.kill('SIGKILL');
  const next = await run().ended;
  t.equal(next.code, 0);
  checkFolder(t, next.stdout);
  t.notOk(readdirSync(cache).some((name) => name.startsWith('building-')));
});

t.test('KUBEBUILDER_ASSETS is used when it has everything', async (t) => {
  const {run, builds, root} = setup(t);
  const assets = join(root, 'assets');
  mkdirSync(assets);
  for (const binary of IN_ASSETS) writeFileSync(join(assets, binary), 'whole', {mode: 0o755});
  const {code, stdout} = await run({KUBEBUILDER_ASSETS: assets}).ended;
  t.equal(code, 0);
  checkFolder(t, stdout);
  t.equal(builds().length, BINARIES.length - IN_ASSETS.length, 'only what it cannot have is built');
});

t.test('KUBEBUILDER_ASSETS that lacks something is not used, and it says what', async (t) => {
  const {run, builds, root} = setup(t);
  mkdirSync(join(root, 'assets'));
  writeFileSync(join(root, 'assets', 'etcd'), 'other');
  const {stdout, stderr} = await run({KUBEBUILDER_ASSETS: join(root, 'assets')}).ended;
  t.match(
    stderr,
    /KUBEBUILDER_ASSETS \(.*\) is not used: it lacks kube-apiserver, kube-controller-manager, kube-scheduler/,
  );
  checkFolder(t, stdout);
  t.equal(builds().length, BINARIES.length);
});

t.test('what is missing is said in one line', async (t) => {
  const without = setup(t, null);
  // Node and the rest of the system, but no Go.
  const path = join(without.root, 'bin');
  for (const tool of ['flock', 'sh'])
    writeFileSync(join(path, tool), `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`, {mode: 0o755});
  t.match(await without.run({PATH: path}).ended, {
    code: 1,
    stdout: '',
    stderr: 'toolchain: Go is missing: install Go 1.26 or newer and have it in PATH, or set KUBEBUILDER_ASSETS\n',
  });
  const old = setup(t, GO.replace('go1.26.0', 'go1.25.9'));
  t.match(await old.run().ended, {code: 1, stderr: 'toolchain: Go 1.26 or newer is needed, go1.25.9 is installed\n'});
  const failing = setup(t, GO.replace('build)', 'build) echo "no space left" >&2; exit 1;;\n  never)'));
  t.match(await failing.run().ended, {
    code: 1,
    stderr: /no space left\ntoolchain: the toolchain could not be built\n$/,
  });
});
