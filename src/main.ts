#!/usr/bin/env node
import type {Command, Io} from './commands/command.ts';
import {UsageError, UserError} from './errors.ts';

/** Loaded one at a time: the webhook's process must not hold the Kubernetes client. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  webhook: async () => (await import('./commands/webhook.ts')).webhook,
  controller: async () => (await import('./commands/controller.ts')).controller,
  render: async () => (await import('./commands/render.ts')).render,
  explain: async () => (await import('./commands/explain.ts')).explain,
  status: async () => (await import('./commands/status.ts')).status,
  check: async () => (await import('./commands/check.ts')).check,
  certs: async () => (await import('./commands/certs.ts')).certs,
  version: async () => (await import('./commands/version.ts')).version,
};

const USAGE = `Usage:
  kamaji-monitoring webhook     [--config F] --tls-cert-file F --tls-key-file F [--tls-min-version 1.3] [--port 8443] [--health-port 8081]
  kamaji-monitoring controller  [--config F] [--kubeconfig F] [--namespace NS] [--health-port 8081]
  kamaji-monitoring render      [--config F] -f TCP.yaml|folder|-
  kamaji-monitoring explain     [--config F] [-o json] -f TCP.yaml|folder|-
  kamaji-monitoring explain     [--config F] [-o json] NAME -n NS [--kubeconfig F]
  kamaji-monitoring status      [-n NS | -A] [-o table|json] [--prometheus-url URL] [--config F] [--kubeconfig F]
  kamaji-monitoring check       [-o table|json] [--prometheus-url URL] [--config F] [--kubeconfig F]
  kamaji-monitoring certs       development certificates into ./certs
  kamaji-monitoring version
`;

async function main(args: readonly string[], io: Io): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help' || rest.includes('--help')) {
    io.stdout.write(USAGE);
    return 0;
  }
  try {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) {
      const known = Object.keys(COMMANDS).join(', ');
      throw new UsageError(
        name === '' ? `which command? One of ${known}` : `unknown command ${name}; there are ${known}`,
      );
    }
    return await (await load())(rest, io);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    io.stderr.write(`kamaji-monitoring: ${error.message}\n`);
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => new Date(),
  stopSignal,
});

/** From here on the first signal asks for an orderly end and the second ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
