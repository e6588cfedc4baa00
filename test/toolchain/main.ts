import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {ToolchainError} from './go.ts';
import {buildToolchain, cacheFolder, findToolchain, type ToolchainOptions, WRAPPERS} from './toolchain.ts';

/** `flock` ends with this when another process holds the lock. */
const LOCKED = 75;

/**
 * The folder of the toolchain, built where it is missing. One process builds, others wait: the lock is the kernel's, so it
 * ends with its holder, whichever way that ends.
 *
 * @throws {ToolchainError} in words that say what to install
 */
export async function ensureToolchain(options: ToolchainOptions = defaults()): Promise<string> {
  const {folder, complete} = await findToolchain(options);
  if (complete) return folder;
  if ((await buildUnderLock(options, ['--nonblock', '--conflict-exit-code', String(LOCKED)])) === LOCKED) {
    options.report('another process is building the toolchain, waiting for it');
    await buildUnderLock(options, []);
  }
  return folder;
}

async function buildUnderLock({env, wrappers}: ToolchainOptions, flags: readonly string[]): Promise<number> {
  mkdirSync(cacheFolder(env), {recursive: true});
  const lock = join(cacheFolder(env), 'lock');
  const self = [process.execPath, fileURLToPath(import.meta.url), '--build', '--wrappers', wrappers];
  const child = spawn('flock', [...flags, '--no-fork', lock, ...self], {env, stdio: ['ignore', 'ignore', 'inherit']});
  const [code] = (await once(child, 'exit').catch(() => {
    throw new ToolchainError('flock is missing: install util-linux');
  })) as [number | null];
  if (code === 0 || code === LOCKED) return code;
  throw new ToolchainError('the toolchain could not be built');
}

function defaults(): ToolchainOptions {
  return {env: process.env, wrappers: WRAPPERS, report: (line) => process.stderr.write(`toolchain: ${line}\n`)};
}

if (import.meta.main) {
  // `--build` is for the process that holds the lock, `--wrappers FOLDER` for tests.
  const {values} = parseArgs({options: {build: {type: 'boolean'}, wrappers: {type: 'string', default: WRAPPERS}}});
  const options = {...defaults(), wrappers: values.wrappers};
  try {
    if (values.build) await buildToolchain(options);
    else process.stdout.write(`${await ensureToolchain(options)}\n`);
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    process.stderr.write(`toolchain: ${error.message}\n`);
    process.exitCode = 1;
  }
}
