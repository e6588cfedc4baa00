import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {chmod, cp, mkdir, readdir, readFile, rename, rm, symlink} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build, buildKey, goVersion, moduleFolder} from './go.ts';
import {FILES, PARTS, type Part} from './parts.ts';

/** Where the real programs and the files of their modules are. */
export interface Toolchain {
  /** Holds the binaries, `crds/` and `samples/`. */
  readonly folder: string;
  /** Whether it is there already. */
  readonly complete: boolean;
}

export interface ToolchainOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The folder of the wrapper modules. */
  readonly wrappers: string;
  readonly report: (line: string) => void;
}

export const WRAPPERS = fileURLToPath(new URL('.', import.meta.url));
const TEMPORARY = 'building-';
const IN_ASSETS = PARTS.filter((part) => part.inAssets).flatMap((part) => Object.keys(part.binaries));

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'kamaji-monitoring', 'toolchain');
}

/** Finds the toolchain without building anything; the folder is where it would be. */
export async function findToolchain({env, wrappers, report}: ToolchainOptions): Promise<Toolchain> {
  const assets = assetsFolder(env, report);
  const folders = await partFolders({env, wrappers}, assets);
  const key = createHash('sha256').update(JSON.stringify([folders, FILES]));
  for (const wrapper of new Set(FILES.map((files) => files.wrapper))) key.update(await wrapperSum(wrappers, wrapper));
  const folder = join(cacheFolder(env), `all-${key.digest('hex').slice(0, 16)}`);
  return {folder, complete: existsSync(folder)};
}

/** Builds what is missing. Only one process at a time may do this: see main.ts. */
export async function buildToolchain(options: ToolchainOptions): Promise<string> {
  const {env, wrappers, report} = options;
  const {folder, complete} = await findToolchain(options);
  if (complete) return folder;
  const cache = cacheFolder(env);
  await mkdir(cache, {recursive: true});
  await removeUnfinished(cache);
  const folders = await partFolders(
    options,
    assetsFolder(env, () => {}),
  );
  for (const [part, target] of folders) if (!existsSync(target)) await buildPart(part, wrappers, cache, target, report);

  const unfinished = join(cache, `${TEMPORARY}all-${process.pid}`);
  await mkdir(unfinished);
  for (const [part, source] of folders) {
    for (const binary of Object.keys(part.binaries)) await symlink(join(source, binary), join(unfinished, binary));
  }
  for (const {wrapper, module, from, to} of FILES) {
    const source = join(await moduleFolder(join(wrappers, wrapper), module), from);
    await cp(source, join(unfinished, to), {recursive: true});
  }
  await makeWritable(unfinished);
  await rename(unfinished, folder);
  return folder;
}

async function buildPart(
  part: Part,
  wrappers: string,
  cache: string,
  target: string,
  report: ToolchainOptions['report'],
): Promise<void> {
  report(
    `${part.name}: building ${Object.keys(part.binaries).join(', ')} (about ${minutes(part.expectedSeconds)} when nothing is cached)`,
  );
  const startedAt = Date.now();
  const heartbeat = setInterval(
    () => report(`${part.name}: ${minutes((Date.now() - startedAt) / 1000)} so far`),
    15_000,
  );
  const unfinished = join(cache, `${TEMPORARY}${part.name}-${process.pid}`);
  try {
    await mkdir(unfinished);
    await build(join(wrappers, part.name), part, unfinished);
    await rename(unfinished, target);
  } finally {
    clearInterval(heartbeat);
  }
  report(`${part.name}: built in ${minutes((Date.now() - startedAt) / 1000)}`);
}

/** KUBEBUILDER_ASSETS where it has everything: programs of two sources are never mixed. */
function assetsFolder(env: NodeJS.ProcessEnv, report: ToolchainOptions['report']): string | undefined {
  const folder = env.KUBEBUILDER_ASSETS;
  if (!folder) return undefined;
  const missing = IN_ASSETS.filter((binary) => !existsSync(join(folder, binary)));
  if (missing.length === 0) return folder;
  report(`KUBEBUILDER_ASSETS (${folder}) is not used: it lacks ${missing.join(', ')}`);
  return undefined;
}

async function partFolders(
  {env, wrappers}: Pick<ToolchainOptions, 'env' | 'wrappers'>,
  assets: string | undefined,
): Promise<readonly (readonly [Part, string])[]> {
  const version = await goVersion(wrappers);
  return Promise.all(
    PARTS.map(async (part) => {
      if (part.inAssets && assets !== undefined) return [part, assets] as const;
      const key = await buildKey(join(wrappers, part.name), part, version);
      return [part, join(cacheFolder(env), `${part.name}-${key}`)] as const;
    }),
  );
}

async function wrapperSum(wrappers: string, wrapper: string): Promise<Uint8Array> {
  return readFile(join(wrappers, wrapper, 'go.sum'));
}

/** What a run that was killed has left. */
async function removeUnfinished(cache: string): Promise<void> {
  const left = (await readdir(cache)).filter((name) => name.startsWith(TEMPORARY));
  for (const name of left) await rm(join(cache, name), {recursive: true, force: true});
}

/** Go's module cache is read-only, and so are copies of it. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeWritable(path);
    else if (entry.isFile()) await chmod(path, 0o644);
  }
}

function minutes(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
