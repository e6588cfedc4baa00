import {ClusterError} from '../errors.ts';
import {type KubeClient, type ListOptions, listAll, type RawAnswer} from '../kube/client.ts';
import {ApiError, isForbidden, isNotFound} from '../kube/errors.ts';
import type {Resource} from '../kube/resource.ts';

/** What a person was given to see of one kind. */
export type Listed<T> =
  | {readonly state: 'listed'; readonly items: readonly T[]}
  /** The cluster does not know the kind. */
  | {readonly state: 'unknown-kind'; readonly items: readonly []}
  | {readonly state: 'forbidden'; readonly items: readonly []};

/** @throws {ClusterError} where the API server cannot be reached or fails */
export async function listAs<T>(
  client: KubeClient,
  resource: Resource,
  options: ListOptions,
  parse: (object: unknown) => T,
): Promise<Listed<T>> {
  try {
    return {state: 'listed', items: (await listAll(client, resource, options)).map(parse)};
  } catch (error) {
    if (isForbidden(error)) return {state: 'forbidden', items: []};
    if (isNotFound(error)) return {state: 'unknown-kind', items: []};
    throw clusterError(error);
  }
}

/** The object, or why there is none to see. @throws {ClusterError} where the API server cannot be reached or fails */
export async function find<T>(reading: Promise<T>): Promise<T | 'not-there' | 'forbidden'> {
  try {
    return await reading;
  } catch (error) {
    if (isForbidden(error)) return 'forbidden';
    if (isNotFound(error)) return 'not-there';
    throw clusterError(error);
  }
}

/** The answer to a plain GET, whatever its status. @throws {ClusterError} where the API server cannot be reached */
export async function ask(client: KubeClient, path: string): Promise<RawAnswer> {
  return client.raw(path).catch((error: unknown) => {
    throw clusterError(error);
  });
}

function clusterError(error: unknown): ClusterError {
  const cure = error instanceof ApiError ? '' : '; --kubeconfig or KUBECONFIG name another cluster';
  return new ClusterError(`the cluster cannot be read: ${(error as Error).message.split('\n', 1)[0]}${cure}`, {
    cause: error,
  });
}

/** What is filed under a key; nothing is an empty list. */
export type Lookup<T> = (key: string) => readonly T[];

/** Files each item under all the keys that `keysOf` gives it. */
export function fileBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Lookup<T> {
  const filed = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const entry = filed.get(key);
      if (entry === undefined) filed.set(key, [item]);
      else entry.push(item);
    }
  }
  return (key) => filed.get(key) ?? [];
}
