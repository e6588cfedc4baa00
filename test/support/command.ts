import {Readable} from 'node:stream';
import type {Command} from '../../src/commands/command.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of ours in this process; a thrown error is the caller's. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  {stdin = '', now = () => new Date()}: {readonly stdin?: string; readonly now?: () => Date} = {},
): Promise<Ran> {
  const written = {stdout: '', stderr: ''};
  const into = (stream: keyof typeof written) => ({
    write(text: string) {
      written[stream] += text;
    },
  });
  const code = await command(args, {
    stdin: Readable.from([stdin]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    now,
    stopSignal: () => new AbortController().signal,
  });
  return {code, ...written};
}
