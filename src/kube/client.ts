import {Watch} from '@kubernetes/client-node';
import type {Operation} from 'fast-json-patch';
import {request} from 'undici';
import {dateAt, numberAt, stringAt} from '../json.ts';
import {PRODUCT} from '../names.ts';
import type {PooledKubeConfig} from './connection.ts';
import {ApiError, ConnectionError} from './errors.ts';
import {type Resource, resourcePath} from './resource.ts';

export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** Of an object that no namespace holds. */
export interface ClusterObjectKey {
  readonly namespace?: undefined;
  readonly name: string;
}

/** What must still be true of an object when it is deleted. */
export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface ListPage {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: unknown;
}

export interface WatchOptions {
  readonly labelSelector: string | undefined;
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  onEvent(event: WatchEvent): void;
}

export interface ListOptions {
  /** All where it is absent. */
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly continueToken?: string | undefined;
}

/** Plain JSON objects of any kind. Every method throws {@link ApiError} or {@link ConnectionError}. */
export interface KubeClient {
  /** One page. */
  list(resource: Resource, options?: ListOptions): Promise<ListPage>;
  get(resource: Resource, key: ObjectKey | ClusterObjectKey): Promise<unknown>;
  /** Its metadata only: nothing else of a Secret leaves the API server. */
  getMetadata(resource: Resource, key: ObjectKey | ClusterObjectKey): Promise<unknown>;
  /** `namespace` is undefined for kinds that have none. */
  create(resource: Resource, namespace: string | undefined, object: unknown): Promise<unknown>;
  patch(resource: Resource, key: ObjectKey, operations: readonly Operation[]): Promise<unknown>;
  delete(resource: Resource, key: ObjectKey, preconditions: Preconditions): Promise<void>;
  /** Resolves when the API server ends the watch; an ERROR event is thrown as {@link ApiError}. */
  watch(resource: Resource, options: WatchOptions): Promise<void>;
  /** A GET of any path, whatever the status of the answer. */
  raw(path: string): Promise<RawAnswer>;
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** What the API server's clock said. */
  readonly date: Date | undefined;
}

const PAGE_SIZE = 500;
const REQUEST_TIMEOUT_MS = 30_000;
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

export function createClient(config: PooledKubeConfig): KubeClient {
  return {
    async list(resource, {namespace, labelSelector, fieldSelector, continueToken} = {}) {
      const query = {limit: String(PAGE_SIZE), labelSelector, fieldSelector, continue: continueToken};
      const body = await send('GET', resourcePath(resource, namespace), {query});
      const items =
        typeof body === 'object' && body !== null && 'items' in body && Array.isArray(body.items) ? body.items : [];
      return {
        // The API server leaves kind and apiVersion out of list items.
        items: items.map((item: object) => ({apiVersion: apiVersion(resource), kind: resource.kind, ...item})),
        resourceVersion: stringAt(body, 'metadata', 'resourceVersion') ?? '',
        continueToken: stringAt(body, 'metadata', 'continue') || undefined,
      };
    },
    get: (resource, {namespace, name}) => send('GET', resourcePath(resource, namespace, name)),
    getMetadata: (resource, {namespace, name}) =>
      send('GET', resourcePath(resource, namespace, name), {accept: METADATA_ONLY}),
    create: (resource, namespace, object) =>
      send('POST', resourcePath(resource, namespace), {query: {fieldManager: PRODUCT}, body: object}),
    patch: (resource, {namespace, name}, operations) =>
      send('PATCH', resourcePath(resource, namespace, name), {
        query: {fieldManager: PRODUCT},
        body: operations,
        contentType: 'application/json-patch+json',
      }),
    async delete(resource, {namespace, name}, preconditions) {
      const body = {apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions};
      await send('DELETE', resourcePath(resource, namespace, name), {body});
    },
    watch: (resource, options) => watch(config, resource, options),
    async raw(path) {
      const {statusCode, headers, text} = await exchange('GET', path);
      return {status: statusCode, text, date: dateAt({date: headers.date}, 'date')};
    },
  };

  async function send(method: Method, path: string, options: SendOptions = {}): Promise<unknown> {
    const {statusCode, headers, text} = await exchange(method, path, options);
    const parsed = parse(text);
    if (statusCode < 300) return parsed;
    throw new ApiError(
      `${method} ${path}`,
      statusCode,
      mayQuoteSecret(path) ? {reason: stringAt(parsed, 'reason')} : parsed,
      String(headers['retry-after'] ?? ''),
    );
  }

  async function exchange(method: Method, path: string, options: SendOptions = {}) {
    const {query = {}, body, contentType = 'application/json', accept = 'application/json'} = options;
    const url = new URL(config.server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const {headers, requests} = await config.session();
    try {
      const response = await request(url, {
        method,
        dispatcher: requests,
        headers: {...headers, accept, ...(body !== undefined && {'content-type': contentType})},
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      return {statusCode: response.statusCode, headers: response.headers, text: await response.body.text()};
    } catch (cause) {
      throw new ConnectionError(`${method} ${path}`, cause);
    }
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

interface SendOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

async function watch(config: PooledKubeConfig, resource: Resource, options: WatchOptions): Promise<void> {
  const {labelSelector, resourceVersion, signal, onEvent} = options;
  const path = resourcePath(resource);
  const what = `watch ${path}`;
  if (signal.aborted) return;
  const {promise, resolve, reject} = Promise.withResolvers<void>();
  let failure: ApiError | undefined;
  const receive = (type: string, object: unknown) => {
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') onEvent({type, object});
    else if (type === 'ERROR') failure = new ApiError(what, numberAt(object, 'code') ?? 500, object);
  };
  const end = (error: unknown) => {
    if (failure !== undefined) return reject(failure);
    // The package's own timer ends a watch that was silent for 30 s: that is an ordinary end.
    if (error == null || signal.aborted || (error instanceof Error && error.name === 'TimeoutError')) return resolve();
    const status = numberAt(error, 'statusCode');
    return reject(
      status === undefined
        ? new ConnectionError(what, error)
        : new ApiError(what, status, {message: (error as Error).message}),
    );
  };
  const query = {resourceVersion, labelSelector, allowWatchBookmarks: true};
  const controller = await new Watch(config).watch(path, query, receive, end);
  const stop = () => controller.abort();
  signal.addEventListener('abort', stop, {once: true});
  if (signal.aborted) stop();
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** An API server answers some failed patches with the whole object. */
function mayQuoteSecret(path: string): boolean {
  return path.startsWith('/api/') && path.split('/').includes('secrets');
}

function apiVersion({group, version}: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Answers on the way (proxies, an API server that starts) need not be JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {message: text.slice(0, 200)};
  }
}

/** Every object of a kind, page after page. */
export async function listAll(client: KubeClient, resource: Resource, options: ListOptions = {}): Promise<unknown[]> {
  const items: unknown[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list(resource, {...options, continueToken});
    items.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return items;
}
