import type {Logger} from 'pino';
import {type Clock, sleep} from '../clock.ts';
import {stringAt} from '../json.ts';
import {type Backoff, backoffDelay} from './backoff.ts';
import type {KubeClient, WatchEvent} from './client.ts';
import {isExpired, isNotFound} from './errors.ts';
import {type Resource, resourcePath} from './resource.ts';
import type {Keyed, Store} from './store.ts';

export interface ReflectorOptions<T extends Keyed> {
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly labelSelector?: string;
  /** Whether the cluster may not know the kind: then there are no objects of it, and it is asked for again now and then. */
  readonly optional?: boolean;
  readonly store: Store<T>;
  /** Keeps of an object what is needed, so that the cache stays small. */
  readonly trim: (object: unknown) => T;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

export interface Reflector {
  /** Resolves once the first list is in the store. */
  readonly synced: Promise<void>;
  /** Keeps the store equal to the API server's objects until `signal` is aborted; never throws for the API server's sake. */
  run(signal: AbortSignal): Promise<void>;
}

const BACKOFF: Backoff = {firstMs: 500, maxMs: 30_000};
/** A watch that ends sooner than this is not healthy: without a pause we would ask in a tight loop. */
const SHORT_WATCH_MS = 1000;
/** How often a kind that the cluster does not know is asked for. */
const ABSENT_KIND_MS = 30_000;

/** List, then watch from there; list again whenever the watch cannot be continued. */
export function createReflector<T extends Keyed>(options: ReflectorOptions<T>): Reflector {
  const {client, resource, labelSelector, optional = false, store, trim, clock, random, logger} = options;
  const path = resourcePath(resource);
  const {promise: synced, resolve: setSynced} = Promise.withResolvers<void>();
  return {synced, run};

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let resourceVersion: string | undefined;
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        resourceVersion ??= await list();
        resourceVersion = await follow(resourceVersion, signal);
        failures = clock.now() - startedAt < SHORT_WATCH_MS ? failures + 1 : 0;
      } catch (error) {
        if (signal.aborted) return;
        resourceVersion = undefined;
        if (optional && isNotFound(error)) {
          failures = 0;
          fill([]);
          await sleep(clock, ABSENT_KIND_MS, signal);
          continue;
        }
        failures += 1;
        if (!isExpired(error))
          logger.warn({path, failures, error: (error as Error).message}, 'cannot list or watch, trying again');
      }
      if (failures > 0) await sleep(clock, backoffDelay(BACKOFF, failures, random), signal);
    }
  }

  async function list(): Promise<string> {
    const found: T[] = [];
    let continueToken: string | undefined;
    let resourceVersion: string;
    do {
      const page = await client.list(resource, {labelSelector, continueToken});
      found.push(...page.items.map(trim));
      continueToken = page.continueToken;
      resourceVersion = page.resourceVersion;
    } while (continueToken !== undefined);
    logger.debug({path, objects: found.length, resourceVersion}, 'listed');
    fill(found);
    return resourceVersion;
  }

  function fill(objects: readonly T[]): void {
    store.replace(objects);
    setSynced();
  }

  /** Returns the version from which the next watch continues. */
  async function follow(from: string, signal: AbortSignal): Promise<string> {
    let resourceVersion = from;
    const onEvent = ({type, object}: WatchEvent) => {
      resourceVersion = stringAt(object, 'metadata', 'resourceVersion') ?? resourceVersion;
      const trimmed = trim(object);
      if (type === 'DELETED') store.delete(trimmed.key);
      else store.set(trimmed);
    };
    await client.watch(resource, {labelSelector, resourceVersion: from, signal, onEvent});
    return resourceVersion;
  }
}
