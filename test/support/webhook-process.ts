import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {issueServingCertificate} from '../../src/certificates/issue.ts';
import {stringAt} from '../../src/json.ts';
import {waitFor} from './wait.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The webhook as people run it, on ports of its own on this machine. */
export interface WebhookProcess {
  /** PEM, for clients. */
  readonly ca: string;
  readonly port: number;
  /** What it has logged so far, line by line. */
  readonly lines: readonly string[];
  isRunning(): boolean;
  /** The samples on its health port by name and labels, without the prefix of the product. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>;
}

export async function startWebhookProcess(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<WebhookProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-'));
  const issued = await issueServingCertificate({
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    now: new Date(),
    days: 1,
  });
  const files = {'--tls-cert-file': join(folder, 'tls.crt'), '--tls-key-file': join(folder, 'tls.key')};
  await writeFile(files['--tls-cert-file'], issued.certificate);
  await writeFile(files['--tls-key-file'], issued.privateKey);
  const ports = ['--port', '0', '--health-port', '0'];
  const args = [...nodeFlags, MAIN, 'webhook', ...Object.entries(files).flat(), ...ports, ...flags];
  const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = once(child, 'exit');
  const lines: string[] = [];
  createInterface({input: child.stdout}).on('line', (line) => lines.push(line));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const first = await waitFor('the webhook to be ready', async () => {
    if (!isRunning()) throw new Error(`the webhook has ended with ${child.exitCode}`);
    return lines[0];
  });
  const ready: unknown = JSON.parse(first);
  const healthPort = new URL(stringAt(ready, 'healthAddress') ?? '').port;
  return {
    ca: issued.ca,
    port: Number(new URL(stringAt(ready, 'address') ?? '').port),
    lines,
    isRunning,
    async metrics() {
      const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
      const samples = [...text.matchAll(/^kamaji_monitoring_(\S+) (\S+)$/gm)];
      return new Map(samples.map(([, series = '', value]) => [series, Number(value)]));
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(timer);
      await rm(folder, {recursive: true});
    },
  };
}
