import type {Logger} from 'pino';
import type {Clock} from '../clock.ts';
import type {Config, ServiceAccountReference} from '../config.ts';
import type {KubeClient} from '../kube/client.ts';
import {ApiError, isOutdated} from '../kube/errors.ts';
import {createReflector, type Reflector} from '../kube/reflector.ts';
import {type Result, WorkQueue} from '../kube/work-queue.ts';
import {clientSecretName, MANAGED_BY, PRODUCT} from '../names.ts';
import type {PrometheusApi} from '../prometheus/api.ts';
import {PROMETHEUS_KINDS, PROMETHEUS_RESOURCES} from '../prometheus/instance.ts';
import type {MetricFamily} from '../telemetry/metrics.ts';
import {cacheChild, cacheNamespace, cachePrometheus, cacheTenantControlPlane, keyOf} from './cached.ts';
import {type Caches, createCaches, wireCaches} from './caches.ts';
import {createClientCertificates} from './client-certificates.ts';
import {createEvents} from './events.ts';
import {createFleet} from './fleet.ts';
import {companionMetrics} from './metrics.ts';
import {createProof} from './proof.ts';
import {createReconciler} from './reconcile.ts';
import {CHILD_KIND_NAMES, CHILD_KINDS, NAMESPACES, TENANT_CONTROL_PLANES} from './resources.ts';

export interface CompanionOptions {
  readonly client: KubeClient;
  readonly config: Config;
  /** The ServiceAccount under which it runs: who may issue. */
  readonly controller: ServiceAccountReference;
  readonly clock: Clock;
  /** The date, for certificates. */
  readonly today: () => Date;
  readonly random: () => number;
  /** Where `up` is asked for; undefined where the configuration names nothing. */
  readonly prometheus: PrometheusApi | undefined;
  /** Names this process among its replicas. */
  readonly instance: string;
  readonly logger: Logger;
}

export interface Companion {
  /** Whether every cache holds its first list; nothing is written before. */
  synced(): boolean;
  readonly metrics: readonly MetricFamily[];
  /** Works until `signal` is aborted and the last write has ended. */
  run(signal: AbortSignal): Promise<void>;
}

const CONCURRENCY = 8;
const BACKOFF = {firstMs: 250, maxMs: 300_000};

/** Reflectors fill caches, changes in the caches wake keys, workers reconcile keys. */
export function createCompanion(options: CompanionOptions): Companion {
  const {client, config, controller, clock, today, random, prometheus, instance, logger} = options;
  const caches = createCaches();
  const events = createEvents({client, clock, today, instance, logger});
  const fleet = createFleet(events.onChange);
  const services = caches.children.Service;
  const proof = prometheus && createProof({api: prometheus, client, fleet, services, clock, today, logger});
  const certificates = createClientCertificates({
    client,
    clock,
    today,
    onIssued: ({namespace, name}, why, {notAfter}) =>
      logger.info(
        {tcp: keyOf(namespace, name), kind: 'Secret', name: clientSecretName(name), why, notAfter},
        'certificate issued',
      ),
  });
  const reflectors = createReflectors(caches, {client, clock, random, logger});
  const queue = new WorkQueue({
    worker: pausing(createReconciler({caches, client, certificates, config, controller, fleet, clock, today, logger})),
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
  return {synced: () => isSynced, metrics: companionMetrics(fleet, proof), run};

  async function run(signal: AbortSignal): Promise<void> {
    const running = reflectors.map((reflector) => reflector.run(signal));
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}));
    await Promise.race([Promise.all(reflectors.map((reflector) => reflector.synced)), stopped]);
    if (!signal.aborted) {
      isSynced = true;
      wireCaches(caches, (key) => queue.add(key));
      for (const tcp of caches.tenantControlPlanes.values()) queue.add(tcp.key);
      logger.info('caches are filled, reconciling');
      await proof?.run(signal);
    }
    await Promise.all(running);
    await queue.stop();
    await events.settled();
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
    ...PROMETHEUS_KINDS.map((kind) =>
      createReflector({
        ...common,
        resource: PROMETHEUS_RESOURCES[kind],
        optional: true,
        store: caches.prometheuses[kind],
        trim: (object) => cachePrometheus(kind, object),
      }),
    ),
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
