import {fileURLToPath} from 'node:url';
import {runInSandbox} from '../../test/support/sandbox.ts';
import {toolchainEnvironment} from '../../test/toolchain/environment.ts';
import {ToolchainError} from '../../test/toolchain/go.ts';
import {parseOptions, USAGE, UsageError} from './options.ts';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

/** `npm run bench:time-to-up`: the toolchain, then the benchmark itself in the sandbox. */
const args = process.argv.slice(2);
try {
  parseOptions(args);
  process.exitCode = await runInSandbox([process.execPath, INSIDE, ...args], {env: await toolchainEnvironment()});
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nusage: ${USAGE}\n`);
    process.exitCode = 2;
  } else if (error instanceof ToolchainError) {
    process.stderr.write(`toolchain: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
