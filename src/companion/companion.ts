import type {Logger} from 'pino';
import type {Clock} from '../clock.ts';
import type {Config} from '../config.ts';
import type {KubeClient} from '../kube/client.ts';
import {ApiError, isOutdated} from '../kube/errors.ts';
import {createReflector, type Reflector} from '../kube/reflector.ts';
import {type Result, WorkQueue} from '../kube/work-queue.ts';
import {MANAGED_BY, PRODUCT} from '../names.ts';
import {cacheChild, cacheNamespace, cacheTenantControlPlane} from './cached.ts';
import {type Caches, createCaches, wireCaches} from './caches.ts';
import {createReconciler} from './reconcile.ts';
import {CHILD_KIND_NAMES, CHILD_KINDS, NAMESPACES, TENANT_CONTROL_PLANES} from './resources.ts';

export interface CompanionOptions {
  readonly client: KubeClient;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

export interface Companion {
  /** Whether every cache holds its first list; nothing is written before. */
  synced(): boolean;
  /** Works until `signal` is aborted and the last write has ended. */
  run(signal: AbortSignal): Promise<void>;
}

const CONCURRENCY = 8;
const BACKOFF = {firstMs: 250, maxMs: 300_000};

/** Reflectors fill caches, changes in the caches wake keys, workers reconcile keys. */
export function createCompanion({client, config, clock, random, logger}: CompanionOptions): Companion {
  const caches = createCaches();
  const reflectors = createReflectors(caches, {client, clock, random, logger});
  const queue = new WorkQueue({
    worker: pausing(createReconciler({caches, client, config, logger})),
    onError: (tcp, error, retryMs) => {
      const details = {tcp, error: (error as Error).message, retryMs: Math.round(retryMs)};
      // Somebody was faster than our cache: an ordinary part of the day.
      if (isOutdated(error)) logger.debug(details, 'outdated, planning again');
      else logger.warn(details, 'reconcile failed, trying again');
    },
    concurrency: CONCURRENCY,
    backoff: BACKOFF,
    clock,
    random,
  });
  let isSynced = false;
  return {synced: () => isSynced, run};

  async function run(signal: AbortSignal): Promise<void> {
    const running = reflectors.map((reflector) => reflector.run(signal));
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}));
    await Promise.race([Promise.all(reflectors.map((reflector) => reflector.synced)), stopped]);
    if (!signal.aborted) {
      isSynced = true;
      wireCaches(caches, (key) => queue.add(key));
      for (const tcp of caches.tenantControlPlanes.values()) queue.add(tcp.key);
      logger.info('caches are filled, reconciling');
    }
    await Promise.all(running);
    await queue.stop();
  }
}

/** An API server that asks for a pause gets it. */
function pausing(worker: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  return (key) =>
    worker(key).catch((error: unknown) => {
      if (error instanceof ApiError && error.retryAfterMs !== undefined) return {againAfterMs: error.retryAfterMs};
      throw error;
    });
}

function createReflectors(
  caches: Caches,
  common: {readonly client: KubeClient; readonly clock: Clock; readonly random: () => number; readonly logger: Logger},
): readonly Reflector[] {
  return [
    createReflector({
      ...common,
      resource: TENANT_CONTROL_PLANES,
      store: caches.tenantControlPlanes,
      trim: cacheTenantControlPlane,
    }),
    createReflector({...common, resource: NAMESPACES, store: caches.namespaces, trim: cacheNamespace}),
    ...CHILD_KIND_NAMES.map((kind) =>
      createReflector({
        ...common,
        resource: CHILD_KINDS[kind].resource,
        labelSelector: `${MANAGED_BY}=${PRODUCT}`,
        store: caches.children[kind],
        trim: (object) => cacheChild(kind, object),
      }),
    ),
  ];
}
