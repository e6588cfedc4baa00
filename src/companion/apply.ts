import type {Logger} from 'pino';
import type {KubeClient} from '../kube/client.ts';
import {isAlreadyExists, isNamespaceTerminating, isNotFound} from '../kube/errors.ts';
import {cacheChild} from './cached.ts';
import {type Plan, plan} from './plan.ts';
import {CHILD_KINDS, type ChildKindName} from './resources.ts';

export type Outcome =
  | {readonly result: 'unchanged' | 'changed'}
  | {readonly result: 'conflict'; readonly kind: string; readonly name: string; readonly why: string};

const UNCHANGED: Outcome = {result: 'unchanged'};
const CHANGED: Outcome = {result: 'changed'};

/** Which object a plan is for. */
export interface Target {
  readonly kind: ChildKindName;
  readonly namespace: string;
  readonly name: string;
  /** The TenantControlPlane that it serves. */
  readonly owner: {readonly key: string; readonly uid: string};
}

/**
 * Carries a plan out and logs what it changed and why.
 *
 * @throws {ApiError} or {ConnectionError}; the caller plans again from newer caches
 */
export async function applyPlan(client: KubeClient, target: Target, next: Plan, logger: Logger): Promise<Outcome> {
  const {kind, owner} = target;
  const {resource} = CHILD_KINDS[kind];
  const log = logger.child({tcp: owner.key, kind, name: target.name});
  switch (next.action) {
    case 'nothing':
      return UNCHANGED;
    case 'conflict':
      log.warn({why: next.why}, 'conflict: an object that is not ours is in the way');
      return {result: 'conflict', kind, name: target.name, why: next.why};
    case 'create':
      return create(client, target, next, log);
    case 'patch':
      await client.patch(resource, target, next.operations);
      log.info({changes: next.changes}, 'patched');
      return CHANGED;
    case 'delete':
      await client.delete(resource, target, next.preconditions).catch(ignoreNotFound);
      log.info({why: next.why}, 'deleted');
      return CHANGED;
  }
}

async function create(
  client: KubeClient,
  target: Target,
  next: Extract<Plan, {action: 'create'}>,
  log: Logger,
): Promise<Outcome> {
  const {kind, owner, namespace} = target;
  const {resource} = CHILD_KINDS[kind];
  try {
    await client.create(resource, namespace, next.object);
    log.info('created');
    return CHANGED;
  } catch (error) {
    if (isNamespaceTerminating(error)) return UNCHANGED;
    if (!isAlreadyExists(error)) throw error;
  }
  // Not in our cache, which holds what carries our label: somebody else's, or ours since a moment ago.
  const live = cacheChild(kind, await client.get(resource, target));
  const again = plan(next.object, live, owner.uid);
  return again.action === 'create' ? UNCHANGED : applyPlan(client, target, again, log);
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
