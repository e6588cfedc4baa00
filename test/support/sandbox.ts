import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync} from 'node:fs';
import type {Server} from 'node:net';
import {constants} from 'node:os';
import {fileURLToPath} from 'node:url';

/** Set inside, so that what needs the sandbox can say so. */
export const SANDBOX_VARIABLE = 'KAMAJI_MONITORING_SANDBOX';

/** Where the tmpfs goes: a folder that hides nothing (a checkout may well lie below /tmp). */
const MOUNT_POINT = fileURLToPath(new URL('../../node_modules/.cache/kamaji-monitoring/sandbox', import.meta.url));
const NAMESPACES = ['--net', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];
const AS_ROOT_OF_A_USER_NAMESPACE = ['--user', '--map-root-user'];
const WATCH_MS = 300;
const GRACE_MS = 15_000;

/** The shell stays process 1: when it ends, the kernel ends every process of the namespace. */
const SETUP = `
set -eu
mount -t tmpfs -o mode=755 kamaji-monitoring "$1"
export TMPDIR="$1" ${SANDBOX_VARIABLE}=1
shift
ip link set lo up
ip route add local 100.64.0.0/10 dev lo
set +e
"$@"
exit $?
`;

export interface SandboxOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** A listening socket of the world outside, handed to the command as the message `listener` of its IPC channel. */
  readonly listener?: Server;
}

/**
 * Runs a command in private network, process and mount namespaces and returns its exit code. Inside, every address of
 * 100.64.0.0/10 is local and temporary files lie on a tmpfs. Nothing of it survives the command, nor this process, nor the
 * npm that started it, whichever way they end.
 *
 * @throws {Error} naming what this machine lacks
 */
export async function runInSandbox(
  command: readonly string[],
  {env = process.env, listener}: SandboxOptions = {},
): Promise<number> {
  mkdirSync(MOUNT_POINT, {recursive: true});
  const unshare = [
    'unshare',
    ...userNamespace(),
    ...NAMESPACES,
    '--',
    'sh',
    '-c',
    SETUP,
    'sandbox',
    MOUNT_POINT,
    ...command,
  ];
  // A process group of its own, so that a signal can be handed to everything inside at once; killed when we are.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...unshare], {
    env,
    stdio: listener === undefined ? 'inherit' : ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  // The socket keeps its place in our network: who connects from outside is served from inside.
  if (listener !== undefined) child.send('listener', listener, () => listener.close());
  const signalGroup = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  const forward = (signal: NodeJS.Signals) => {
    signalGroup(signal);
    setTimeout(signalGroup, GRACE_MS, 'SIGKILL').unref();
  };
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const watch = setInterval(() => {
    if (!ancestorsLive()) signalGroup('SIGKILL');
  }, WATCH_MS);
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  } finally {
    clearInterval(watch);
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
}

/** @throws {Error} outside of the sandbox */
export function requireSandbox(): void {
  if (process.env[SANDBOX_VARIABLE] !== '1') {
    throw new Error('this needs the sandbox: run it with `npm test`, or a part with `npm test -- test/integration/…`');
  }
}

function userNamespace(): readonly string[] {
  const tried = spawnSync('unshare', [...AS_ROOT_OF_A_USER_NAMESPACE, '--net', 'ip', 'link', 'set', 'lo', 'up'], {
    encoding: 'utf8',
  });
  if (tried.status === 0) return AS_ROOT_OF_A_USER_NAMESPACE;
  if (tried.error !== undefined) throw new Error('unshare is missing: install util-linux (tests need Linux)');
  if (/not found|No such file/.test(tried.stderr)) throw new Error('ip is missing: install iproute2');
  if (process.getuid?.() === 0) return [];
  throw new Error(
    `user namespaces are not allowed here (${tried.stderr.trim()}): run as root, or allow them with ` +
      'sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0',
  );
}

/** The parent, and the npm above it: npm killed by SIGKILL leaves its shell and us running. */
const ANCESTORS = [process.ppid, ...npmAbove(process.ppid)];

function ancestorsLive(): boolean {
  return process.ppid === ANCESTORS[0] && ANCESTORS.every((pid) => readStat(pid) !== undefined);
}

function npmAbove(pid: number): readonly number[] {
  const stat = readStat(pid);
  if (stat === undefined || pid <= 1) return [];
  return stat.command.startsWith('npm') ? [pid] : npmAbove(stat.parent);
}

function readStat(pid: number): {readonly command: string; readonly parent: number} | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : {command: readFileSync(`/proc/${pid}/cmdline`, 'utf8'), parent: Number(parent)};
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  process.exitCode = await runInSandbox(process.argv.slice(2));
}
