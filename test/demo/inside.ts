import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {connect, Server} from 'node:net';
import {fileURLToPath} from 'node:url';
import {styleText} from 'node:util';
import {kubeconfigYaml} from '../support/control-plane.ts';
import type {ManagementCluster} from '../support/management-cluster.ts';
import {createScreen} from './screen.ts';
import {tellStory} from './story.ts';

const FOLDER = fileURLToPath(new URL('../../.demo', import.meta.url));

/** Sent by main.ts under `--keep`. */
const listener = new Promise<Server>((resolve) => {
  process.once('message', (_message, handle) => {
    if (handle instanceof Server) resolve(handle);
  });
});

const startedAt = performance.now();
const screen = createScreen(process.stdout);
const cluster = await tellStory(screen);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
process.stdout.write(
  `\n${styleText(['bold', 'green'], `That was all of it, in ${seconds} s.`)} Every program was a real one; only Kamaji’s part was played.\n`,
);
if (process.connected) await keep(cluster, await listener);
await cluster.stop();
process.exit(0);

/** Lets the world outside reach the API server until somebody presses Ctrl-C. */
async function keep({controlPlane}: ManagementCluster, server: Server): Promise<void> {
  const {hostname, port} = new URL(controlPlane.server);
  server.on('connection', (outside) => {
    const inside = connect({host: hostname, port: Number(port)});
    outside.pipe(inside).pipe(outside);
    for (const socket of [outside, inside]) socket.on('error', () => outside.destroy() && inside.destroy());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address to listen on');
  const {ca, user} = controlPlane.adminIdentity;
  mkdirSync(FOLDER, {recursive: true});
  writeFileSync(`${FOLDER}/kubeconfig`, kubeconfigYaml(`https://127.0.0.1:${address.port}`, ca, user), {mode: 0o600});
  screen.title('It keeps running until you press Ctrl-C');
  screen.line('kubeconfig', `export KUBECONFIG=${FOLDER}/kubeconfig`);
  screen.line('try', 'kubectl -n tenants get tenantcontrolplanes,services,servicemonitors');
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  rmSync(FOLDER, {recursive: true, force: true});
}
