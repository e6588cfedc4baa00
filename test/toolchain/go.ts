import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {GO_VERSION, type Part} from './parts.ts';

/** A failure of the toolchain that a person can mend. */
export class ToolchainError extends Error {}

const BUILD_FLAGS = ['-trimpath', '-mod=readonly', '-buildvcs=false'];

/** Runs `go` in a wrapper module and returns what it prints. */
export async function go(cwd: string, args: readonly string[]): Promise<string> {
  const child = spawn('go', args, {
    cwd,
    env: {...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off'},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = {stdout: '', stderr: ''};
  child.stdout.on('data', (chunk) => {
    output.stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += String(chunk);
  });
  const [code] = (await once(child, 'close').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT'
      ? new ToolchainError(
          `Go is missing: install Go ${GO_VERSION} or newer and have it in PATH, or set KUBEBUILDER_ASSETS`,
        )
      : cause;
  })) as [number | null];
  if (code === 0) return output.stdout.trim();
  throw new ToolchainError(
    `go ${args[0]} in ${cwd} failed:\n${output.stderr.trim().split('\n').slice(-20).join('\n')}`,
  );
}

/** @throws {ToolchainError} where Go is missing or too old */
export async function goVersion(cwd: string): Promise<string> {
  const version = await go(cwd, ['env', 'GOVERSION']);
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const [neededMajor = 0, neededMinor = 0] = GO_VERSION.split('.').map(Number);
  if (Number(major) < neededMajor || (Number(major) === neededMajor && Number(minor) < neededMinor)) {
    throw new ToolchainError(`Go ${GO_VERSION} or newer is needed, ${version} is installed`);
  }
  return version;
}

/** Changes when anything changes that a part is built from. */
export async function buildKey(wrapper: string, part: Part, version: string): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([part, version, process.platform, process.arch, BUILD_FLAGS]),
  );
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(wrapper, file)));
  return hash.digest('hex').slice(0, 16);
}

export async function build(wrapper: string, part: Part, folder: string): Promise<void> {
  const ldflags = ['-s', '-w', ...part.ldflags].join(' ');
  for (const [binary, path] of Object.entries(part.binaries)) {
    await go(wrapper, ['build', ...BUILD_FLAGS, '-ldflags', ldflags, '-o', join(folder, binary), path]);
  }
}

/** The folder of a module that a wrapper module requires, fetched and checked against go.sum when it is not there yet. */
export async function moduleFolder(wrapper: string, module: string): Promise<string> {
  await go(wrapper, ['mod', 'download', module]);
  return go(wrapper, ['list', '-m', '-f', '{{.Dir}}', module]);
}
