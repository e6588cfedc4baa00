import {once} from 'node:events';
import {createServer, type Server} from 'node:net';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {runInSandbox} from '../support/sandbox.ts';
import {toolchainEnvironment} from '../toolchain/environment.ts';
import {ToolchainError} from '../toolchain/go.ts';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

/** `npm run demo [-- --keep]`: the toolchain, then the demo itself in the sandbox. */
const {values} = parseArgs({options: {keep: {type: 'boolean', default: false}}});
try {
  const env = await toolchainEnvironment();
  const command = [process.execPath, INSIDE];
  process.exitCode = await runInSandbox(command, values.keep ? {env, listener: await listen()} : {env});
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`toolchain: ${error.message}\n`);
  process.exitCode = 1;
}

/** Where a kubectl outside of the sandbox will reach the API server. */
async function listen(): Promise<Server> {
  const server = createServer();
  server.listen({host: '127.0.0.1', port: 0});
  await once(server, 'listening');
  return server;
}
