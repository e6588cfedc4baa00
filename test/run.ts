import {delimiter} from 'node:path';
import {fileURLToPath} from 'node:url';
import {runInSandbox} from './support/sandbox.ts';
import {ensureToolchain} from './toolchain/main.ts';

/** `npm test` after its checks: all tests, or the files named, in the sandbox with the real programs. */
const BIN = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));

const folder = await ensureToolchain();
process.exitCode = await runInSandbox(['tap', '--reporter=terse', ...process.argv.slice(2)], {
  ...process.env,
  PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
  KAMAJI_MONITORING_TOOLCHAIN: folder,
});
