import type {Logger} from 'pino';
import type {Config} from '../config.ts';
import {kubeletClientCredential, offlineCredential} from '../credentials/credential.ts';
import {decideEnrollment, describeEnrollment} from '../enrollment.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Result} from '../kube/work-queue.ts';
import {type DesiredObject, desired} from '../monitoring/desired.ts';
import {obstacle, type TenantControlPlane} from '../tenant-control-plane.ts';
import {applyPlan, type Outcome} from './apply.ts';
import {type Child, keyOf} from './cached.ts';
import type {Caches} from './caches.ts';
import {plan, planRemoval} from './plan.ts';
import {CHILD_KIND_NAMES, type ChildKindName} from './resources.ts';

export interface ReconcilerOptions {
  readonly caches: Caches;
  readonly client: KubeClient;
  readonly config: Config;
  readonly logger: Logger;
}

/** After this long an object that was in the way is looked at again; nothing tells us when it goes. */
const CONFLICT_RETRY_MS = 300_000;
const DONE: Result = {done: true};

/** What should be there for one TenantControlPlane. */
interface Wanted {
  readonly objects: readonly DesiredObject[];
  /** Kinds of which nothing is made or removed for now. */
  readonly held: readonly ChildKindName[];
  /** Why this, and nothing else, is wanted. */
  readonly why: string;
}

/** Makes the cluster's objects for one key what they should be; the key is all that it is given. */
export function createReconciler({
  caches,
  client,
  config,
  logger,
}: ReconcilerOptions): (key: string) => Promise<Result> {
  return async (key) => {
    const tcp = caches.tenantControlPlanes.get(key);
    // What a deleted TenantControlPlane leaves is garbage that the API server collects by the owner reference.
    if (tcp?.uid === undefined || tcp.deleting) return DONE;
    const namespace = caches.namespaces.get(tcp.namespace);
    // Its arrival wakes this key again.
    if (namespace === undefined) return DONE;

    const owner = {key, uid: tcp.uid};
    const wanted = want(tcp, namespace.enabled, config);
    const outcomes: Outcome[] = [];
    for (const object of wanted.objects) {
      const target = {kind: object.kind, namespace: tcp.namespace, name: object.metadata.name, owner};
      const live = caches.children[object.kind].get(keyOf(target.namespace, target.name));
      outcomes.push(await applyPlan(client, target, plan(object, live, tcp.uid), logger));
    }
    for (const child of leftovers(key, wanted)) {
      outcomes.push(await applyPlan(client, {...child, owner}, planRemoval(child, tcp.uid, wanted.why), logger));
    }
    logger.debug({tcp: key, why: wanted.why, outcomes}, 'reconciled');
    return outcomes.includes('conflict') ? {againAfterMs: CONFLICT_RETRY_MS} : DONE;
  };

  /** Objects of ours that are not wanted, in the reverse of the order in which they are made. */
  function leftovers(key: string, {objects, held}: Wanted): readonly Child[] {
    const isWanted = (child: Child) =>
      objects.some(({kind, metadata}) => kind === child.kind && metadata.name === child.name);
    return CHILD_KIND_NAMES.filter((kind) => !held.includes(kind))
      .toReversed()
      .flatMap((kind) => caches.children[kind].indexed(key))
      .filter((child) => !isWanted(child));
  }
}

function want(tcp: TenantControlPlane, namespaceLabel: string | undefined, config: Config): Wanted {
  const enrollment = decideEnrollment({
    annotation: tcp.enabled,
    namespaceLabel,
    excluded: config.excludedNamespaces.includes(tcp.namespace),
    policy: config.enrollment,
  });
  const why = describeEnrollment(enrollment.reason);
  if (!enrollment.monitored) return {objects: [], held: [], why};
  const hindrance = obstacle(tcp);
  if (hindrance !== undefined) return {objects: [], held: [], why: hindrance};
  const credential = kubeletClientCredential(tcp);
  if (credential.state === 'ready') return {objects: desired(tcp, credential.credential, config), held: [], why};
  // prometheus-operator refuses a ServiceMonitor whose Secret is missing and does not look again by itself.
  const objects = desired(tcp, offlineCredential(tcp), config).filter(({kind}) => kind !== 'ServiceMonitor');
  return {objects, held: ['ServiceMonitor'], why: credential.why};
}
