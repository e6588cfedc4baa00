import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {json} from 'node:stream/consumers';
import type {Test} from 'tap';
import {ApiError} from '../../src/kube/errors.ts';
import type {FakeCluster} from './fake-cluster.ts';

/** `/api/v1` or `/apis/group/version`, a namespace or none, a plural, and a name or none. */
const PATH = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/;

/** Serves a cluster in memory over HTTP for the length of a test. @returns a kubeconfig for it whose namespace is `tenants` */
export async function serveCluster(t: Test, cluster: FakeCluster): Promise<string> {
  const server = createServer((request, response) => {
    answer(cluster, request, response).catch((error: unknown) => {
      if (error instanceof ApiError) send(response, error.status, {message: error.message, reason: error.reason});
      else response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return kubeconfig(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A kubeconfig for whatever is there. */
export function kubeconfig(t: Test, server: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u', namespace: 'tenants'}}],
    // The client speaks plain HTTP only to a server whose certificate it would not ask for.
    clusters: [{name: 'c', cluster: {server, 'insecure-skip-tls-verify': true}}],
    users: [{name: 'u', user: {}}],
  };
  // A test's own testdir is emptied whenever it is asked for.
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function answer({client}: FakeCluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://cluster');
  const [matched, group = '', version = '', namespace, plural = '', name] = PATH.exec(url.pathname) ?? [];
  if (matched === undefined || url.pathname.includes('/proxy/')) {
    const {status, text, date} = await client.raw(url.pathname + url.search);
    response.writeHead(status, {...(date && {date: date.toUTCString()})}).end(text);
    return;
  }
  const resource = {group, version, plural, kind: ''};
  if (request.method === 'POST')
    return send(response, 201, await client.create(resource, namespace, await json(request)));
  if (name !== undefined) {
    const key = namespace === undefined ? {name} : {namespace, name};
    return send(response, 200, await client.get(resource, key));
  }
  const labelSelector = url.searchParams.get('labelSelector') ?? undefined;
  const fieldSelector = url.searchParams.get('fieldSelector') ?? undefined;
  send(response, 200, await client.list(resource, {namespace, labelSelector, fieldSelector}));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}
