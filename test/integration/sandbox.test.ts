import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import t from 'tap';
import {waitFor} from '../support/wait.ts';

const SANDBOX = fileURLToPath(new URL('../support/sandbox.ts', import.meta.url));
/** Starts two layers of processes, one of which ignores every polite signal, and leaves a file. */
const BUSY = `touch "$TMPDIR/left-behind"; trap '' TERM INT; (sleep MARK & wait) & echo started; while :; do sleep MARK; done`;

/** A sleep of this length, in seconds, is found among all processes. */
let mark = 100_000 + Math.floor(Math.random() * 800_000);

function survivors(of: number): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').includes(`sleep ${of}`);
    } catch {
      return false;
    }
  });
}

async function start(command: string, args: readonly string[]) {
  mark += 1;
  const own = mark;
  const child = spawn(command, [...args.map((arg) => arg.replaceAll('MARK', String(own)))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  t.ok(survivors(own).length >= 2, 'it runs');
  return {child, own, ended};
}

const gone = (own: number) =>
  waitFor('every process to be gone', async () => survivors(own).length === 0, {timeoutMs: 5000});

t.test('the exit code of the command comes through', async (t) => {
  const child = spawn(process.execPath, [SANDBOX, 'sh', '-c', 'exit 7']);
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 7);
});

t.test('a command that ends takes what it started with it', async (t) => {
  mark += 1;
  const child = spawn(process.execPath, [SANDBOX, 'sh', '-c', `(setsid sleep ${mark} &) ; sleep 0.2`]);
  await once(child, 'exit');
  await gone(mark);
  t.pass('nothing is left');
});

t.test('SIGKILL of the process that runs it leaves no process, and the files lay in memory', async (t) => {
  const {child, own} = await start(process.execPath, [SANDBOX, 'sh', '-c', BUSY]);
  child.kill('SIGKILL');
  await gone(own);
  t.notOk(
    readdirSync(fileURLToPath(new URL('../../node_modules/.cache/kamaji-monitoring', import.meta.url))).includes(
      'left-behind',
    ),
  );
});

t.test('SIGKILL of the npm above it ends it too', async (t) => {
  // What npm looks like from outside: a process of that name, a shell, and us.
  const npm = `exec -a 'npm test' bash -c 'sh -c "${process.execPath} ${SANDBOX} sh -c \\"$1\\"; true"; true' npm "$0"`;
  const {child, own} = await start('bash', ['-c', npm, BUSY.replaceAll('"', '')]);
  child.kill('SIGKILL');
  await gone(own);
  t.pass('nothing is left');
});

t.test('SIGTERM is handed to the command, which may end in order', async (t) => {
  const child = spawn(
    process.execPath,
    [SANDBOX, 'sh', '-c', `trap 'echo bye; exit 3' TERM; echo started; while :; do sleep 0.1; done`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
    if (output === 'started\n') child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'exit')) as [number];
  t.equal(code, 3);
  t.equal(output, 'started\nbye\n');
});
