import {runInSandbox} from './support/sandbox.ts';
import {toolchainEnvironment} from './toolchain/environment.ts';

/** `npm test` after its checks: all tests, or the files named, in the sandbox with the real programs. */
process.exitCode = await runInSandbox(['tap', '--reporter=terse', ...process.argv.slice(2)], {
  env: await toolchainEnvironment(),
});
