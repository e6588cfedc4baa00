import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {waitFor} from './wait.ts';

/** A program that runs for the length of a test. */
export interface Component {
  readonly pid: number;
  readonly logFile: string;
  /** Undefined while it runs. */
  exitCode(): number | undefined;
  /** SIGTERM, and SIGKILL after `graceMs` (5 s). */
  stop(graceMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface ComponentOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Holds the log file. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Resolves to true once it can be used. */
  readonly ready: (started: Component) => Promise<boolean>;
}

const READY_TIMEOUT_MS = 60_000;

/** Starts a program and waits until it is ready. @throws {Error} with the end of its log when it is not within a minute */
export async function startComponent(options: ComponentOptions): Promise<Component> {
  const {name, command, args, folder, env = process.env, ready} = options;
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {env, stdio: ['ignore', log, log]});
  closeSync(log);
  await once(child, 'spawn');
  const component = wrap(child, logFile);
  try {
    await waitFor(
      `${name} to be ready`,
      async () => {
        if (component.exitCode() !== undefined) throw new Error(`${name} has ended with ${component.exitCode()}`);
        return ready(component);
      },
      {timeoutMs: READY_TIMEOUT_MS},
    );
  } catch (cause) {
    await component.kill('SIGKILL');
    throw new Error(`${(cause as Error).message}; its log ends in:\n${tail(logFile)}`, {cause});
  }
  return component;
}

function wrap(child: ChildProcess, logFile: string): Component {
  const ended = once(child, 'exit');
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? -1,
    logFile,
    exitCode: () => (isRunning() ? undefined : (child.exitCode ?? -1)),
    async stop(graceMs = 5000) {
      if (!isRunning()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill(signal) {
      if (!isRunning()) return;
      child.kill(signal);
      await ended;
    },
  };
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
}
