import {Agent, request} from 'undici';
import type {JsonObject} from '../../src/json.ts';
import {isObject} from '../../src/json.ts';
import {ApiError} from '../../src/kube/errors.ts';

/** Who talks to an API server: a client certificate or a token. */
export interface ApiCredentials {
  readonly server: string;
  readonly ca: string;
  readonly certificate?: string;
  readonly privateKey?: string;
  readonly token?: string;
}

/** Plain requests by path, for tests: what a person would do with kubectl. Every method throws {@link ApiError}. */
export interface Api {
  get(path: string): Promise<JsonObject>;
  /** Undefined where there is none. */
  find(path: string): Promise<JsonObject | undefined>;
  list(path: string): Promise<readonly JsonObject[]>;
  create(path: string, object: object): Promise<JsonObject>;
  replace(path: string, object: object): Promise<JsonObject>;
  jsonPatch(path: string, operations: readonly object[]): Promise<JsonObject>;
  mergePatch(path: string, patch: object): Promise<JsonObject>;
  /** Server-side apply of an object or of its YAML; `path` is that of the object. */
  apply(path: string, object: object | string, fieldManager?: string): Promise<JsonObject>;
  delete(path: string): Promise<void>;
  text(path: string): Promise<string>;
  /** The warnings of every answer so far. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export function connectApi({server, ca, certificate, privateKey, token}: ApiCredentials): Api {
  const identity = certificate !== undefined && privateKey !== undefined ? {cert: certificate, key: privateKey} : {};
  const dispatcher = new Agent({connect: {ca, ...identity}});
  const warnings: string[] = [];

  async function send(method: Method, path: string, body?: unknown, contentType = 'application/json'): Promise<string> {
    const response = await request(`${server}${path}`, {
      method,
      dispatcher,
      headers: {
        ...(token !== undefined && {authorization: `Bearer ${token}`}),
        ...(body !== undefined && {'content-type': contentType}),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    warnings.push(...[response.headers.warning ?? []].flat());
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new ApiError(`${method} ${path}`, response.statusCode, parse(text));
    return text;
  }
  const json = async (...args: Parameters<typeof send>): Promise<JsonObject> => parse(await send(...args));

  return {
    get: (path) => json('GET', path),
    async find(path) {
      try {
        return await json('GET', path);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    async list(path) {
      const {items} = await json('GET', path);
      return Array.isArray(items) ? items.filter(isObject) : [];
    },
    create: (path, object) => json('POST', path, object),
    replace: (path, object) => json('PUT', path, object),
    jsonPatch: (path, operations) => json('PATCH', path, operations, 'application/json-patch+json'),
    mergePatch: (path, patch) => json('PATCH', path, patch, 'application/merge-patch+json'),
    apply: (path, object, fieldManager = 'test') =>
      json(
        'PATCH',
        `${path}${path.includes('?') ? '&' : '?'}fieldManager=${fieldManager}&force=true`,
        object,
        'application/apply-patch+yaml',
      ),
    async delete(path) {
      await send('DELETE', path);
    },
    text: (path) => send('GET', path),
    warnings,
    close: () => dispatcher.destroy(),
  };
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {message: text};
  } catch {
    return {message: text.slice(0, 300)};
  }
}
