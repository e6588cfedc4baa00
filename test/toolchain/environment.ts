import {delimiter} from 'node:path';
import {fileURLToPath} from 'node:url';
import {ensureToolchain} from './main.ts';

const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/** The environment of tests and demo: where the real programs are, and the packaged Node and tools first in PATH. */
export async function toolchainEnvironment(): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
    KAMAJI_MONITORING_TOOLCHAIN: await ensureToolchain(),
  };
}
