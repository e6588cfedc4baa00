import type {Logger} from 'pino';
import type {Config, ServiceAccountReference} from '../config.ts';
import type {CredentialState} from '../credentials/credential.ts';
import {kubeletClientState} from '../credentials/kubelet-client.ts';
import {decideEnrollment, describeEnrollment} from '../enrollment.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Result} from '../kube/work-queue.ts';
import {type DesiredObject, desired} from '../monitoring/desired.ts';
import {issuerRole, issuerRoleBinding} from '../monitoring/issuer.ts';
import {issuerName} from '../names.ts';
import {obstacle, type TenantControlPlane} from '../tenant-control-plane.ts';
import {applyPlan, type Outcome} from './apply.ts';
import {type Child, keyOf} from './cached.ts';
import type {Caches} from './caches.ts';
import type {ClientCertificates, LiveTenantControlPlane} from './client-certificates.ts';
import {plan, planRemoval} from './plan.ts';
import {CHILD_KIND_NAMES} from './resources.ts';

export interface ReconcilerOptions {
  readonly caches: Caches;
  readonly client: KubeClient;
  readonly certificates: ClientCertificates;
  readonly config: Config;
  /** The ServiceAccount under which the controller runs. */
  readonly controller: ServiceAccountReference;
  readonly logger: Logger;
}

/** After this long an object that was in the way is looked at again; nothing tells us when it goes. */
const CONFLICT_RETRY_MS = 300_000;
const DONE: Result = {done: true};

/** Makes the cluster's objects for one key what they should be; the key is all that it is given. */
export function createReconciler(options: ReconcilerOptions): (key: string) => Promise<Result> {
  const {caches, client, certificates, config, controller, logger} = options;
  return async (key) => {
    const cached = caches.tenantControlPlanes.get(key);
    // What a deleted TenantControlPlane leaves is garbage that the API server collects by the owner reference.
    if (cached?.uid === undefined || cached.deleting) {
      certificates.forget(key);
      return DONE;
    }
    const tcp = {...cached, uid: cached.uid};
    const namespace = caches.namespaces.get(tcp.namespace);
    // Its arrival wakes this key again.
    if (namespace === undefined) return DONE;

    const {monitored, why} = decide(tcp, namespace.enabled, config);
    if (!monitored) return result(await removeAllBut([], tcp, why));

    const rights = config.credential === 'dedicated' ? [issuerRole(tcp), issuerRoleBinding(tcp, controller)] : [];
    const rightsMade = await make(rights, tcp);
    const credential = await credentialState(tcp);
    const wanted = desired(tcp, credential.credential, config);
    // prometheus-operator refuses a ServiceMonitor whose Secret is missing and does not look again by itself.
    const objects = credential.state === 'ready' ? wanted : wanted.filter(({kind}) => kind !== 'ServiceMonitor');
    const made = await make(objects, tcp);
    const removed = await removeAllBut([...rights, ...wanted], tcp, why);
    logger.debug({tcp: key, why: credential.state === 'ready' ? why : credential.why}, 'reconciled');
    return result([...rightsMade, ...made, ...removed], credential.checkAgainMs);
  };

  async function make(objects: readonly DesiredObject[], tcp: LiveTenantControlPlane): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const object of objects) {
      const target = {kind: object.kind, namespace: tcp.namespace, name: object.metadata.name, owner: ownerOf(tcp)};
      const live = caches.children[object.kind].get(keyOf(target.namespace, target.name));
      outcomes.push(await applyPlan(client, target, plan(object, live, tcp.uid), logger));
    }
    return outcomes;
  }

  /** Removes what is ours and not wanted, in the reverse of the order in which it was made. */
  async function removeAllBut(
    wanted: readonly DesiredObject[],
    tcp: LiveTenantControlPlane,
    why: string,
  ): Promise<readonly Outcome[]> {
    const isWanted = (child: Child) =>
      wanted.some(({kind, metadata}) => kind === child.kind && metadata.name === child.name);
    const unwanted = CHILD_KIND_NAMES.toReversed().flatMap((kind) =>
      caches.children[kind].indexed(tcp.key).filter((child) => !isWanted(child)),
    );
    const outcomes: Outcome[] = [];
    for (const child of unwanted) {
      // Without this binding we could no longer delete the Secret.
      if (child.kind === 'RoleBinding' && child.name === issuerName(tcp.name)) await certificates.remove(tcp);
      outcomes.push(await applyPlan(client, {...child, owner: ownerOf(tcp)}, planRemoval(child, tcp.uid, why), logger));
    }
    return outcomes;
  }

  async function credentialState(tcp: LiveTenantControlPlane): Promise<CredentialState> {
    switch (config.credential) {
      case 'kubelet-client':
        return kubeletClientState(tcp);
      case 'dedicated':
        return certificates.ensure(tcp);
    }
  }
}

function decide(
  tcp: TenantControlPlane,
  namespaceLabel: string | undefined,
  config: Config,
): {monitored: boolean; why: string} {
  const {monitored, reason} = decideEnrollment({
    annotation: tcp.enabled,
    namespaceLabel,
    excluded: config.excludedNamespaces.includes(tcp.namespace),
    policy: config.enrollment,
  });
  const hindrance = monitored ? obstacle(tcp) : undefined;
  return {monitored: monitored && hindrance === undefined, why: hindrance ?? describeEnrollment(reason)};
}

function result(outcomes: readonly Outcome[], checkAgainMs = Number.POSITIVE_INFINITY): Result {
  const againAfterMs = Math.min(
    checkAgainMs,
    outcomes.includes('conflict') ? CONFLICT_RETRY_MS : Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(againAfterMs) ? {againAfterMs} : DONE;
}

function ownerOf({key, uid}: LiveTenantControlPlane): {readonly key: string; readonly uid: string} {
  return {key, uid};
}
