import type {Logger} from 'pino';
import type {Clock} from '../clock.ts';
import type {Config, ServiceAccountReference} from '../config.ts';
import type {CredentialState} from '../credentials/credential.ts';
import {kubeletClientState} from '../credentials/kubelet-client.ts';
import {decide} from '../decision.ts';
import {chooseMonitorLabels, foundLabels, selectionEvidence} from '../diagnosis/labels.ts';
import {describeEnrollment} from '../enrollment.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Result} from '../kube/work-queue.ts';
import {type DesiredObject, desired} from '../monitoring/desired.ts';
import {issuerRole, issuerRoleBinding} from '../monitoring/issuer.ts';
import {ENABLED, issuerName} from '../names.ts';
import {obstacle} from '../tenant-control-plane.ts';
import {applyPlan, type Outcome} from './apply.ts';
import {type Child, keyOf} from './cached.ts';
import {type Caches, prometheusInstances} from './caches.ts';
import type {ClientCertificates, LiveTenantControlPlane} from './client-certificates.ts';
import {madeObjects, unmonitored} from './evidence.ts';
import type {Fleet} from './fleet.ts';
import {plan, planRemoval} from './plan.ts';
import {CHILD_KIND_NAMES} from './resources.ts';

export interface ReconcilerOptions {
  readonly caches: Caches;
  readonly client: KubeClient;
  readonly certificates: ClientCertificates;
  readonly config: Config;
  /** The ServiceAccount under which the controller runs. */
  readonly controller: ServiceAccountReference;
  /** Is told what each reconcile found. */
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly today: () => Date;
  readonly logger: Logger;
}

/** After this long an object that was in the way is looked at again; nothing tells us when it goes. */
const CONFLICT_RETRY_MS = 300_000;
/** So long what a ServiceMonitor named before stays, for the operator to turn to the new. */
const SWITCH_MS = 10_000;
const DONE: Result = {done: true};

/** Makes the cluster's objects for one key what they should be; the key is all that it is given. */
export function createReconciler(options: ReconcilerOptions): (key: string) => Promise<Result> {
  const {caches, client, certificates, config, controller, fleet, clock, today, logger} = options;
  /** When the ServiceMonitor of a key was last changed. */
  const switchedAt = new Map<string, number>();

  return async (key) => {
    const cached = caches.tenantControlPlanes.get(key);
    // What a deleted TenantControlPlane leaves is garbage that the API server collects by the owner reference.
    if (cached?.uid === undefined || cached.deleting) {
      certificates.forget(key);
      switchedAt.delete(key);
      fleet.forget(key);
      return DONE;
    }
    const tcp = {...cached, uid: cached.uid};
    const namespace = caches.namespaces.get(tcp.namespace);
    // Its arrival wakes this key again.
    if (namespace === undefined) return DONE;

    const enrollment = decide(tcp, namespace.labels[ENABLED], config);
    const hindrance = enrollment.monitored ? obstacle(tcp) : undefined;
    if (!enrollment.monitored || hindrance !== undefined) {
      fleet.report(key, unmonitored(tcp, enrollment, today()));
      return result(await removeAllBut([], tcp, hindrance ?? describeEnrollment(enrollment.reason)));
    }

    const rights = config.credential === 'dedicated' ? [issuerRole(tcp), issuerRoleBinding(tcp, controller)] : [];
    const rightsMade = await make(rights, tcp);
    const credential = await credentialState(tcp);
    const [monitor] = caches.children.ServiceMonitor.indexed(key);
    const circumstances = {
      tcp,
      config,
      instances: prometheusInstances(caches),
      namespace: {name: tcp.namespace, labels: namespace.labels},
      annotations: monitor?.annotations,
    };
    const choice = chooseMonitorLabels(circumstances);
    const wanted = desired(tcp, credential.credential, config, foundLabels(choice));
    // prometheus-operator refuses a ServiceMonitor whose Secret is missing and does not look again by itself.
    const objects = credential.state === 'ready' ? wanted : wanted.filter(({kind}) => kind !== 'ServiceMonitor');
    const made = await make(objects, tcp);
    const why = describeEnrollment(enrollment.reason);
    const removed = await removeOld([...rights, ...wanted], tcp, why);
    const outcomes = [...rightsMade, ...made, ...removed.outcomes];
    const labels = {...monitor?.labels, ...wanted.find(({kind}) => kind === 'ServiceMonitor')?.metadata.labels};
    fleet.report(key, {
      tcp,
      decision: enrollment,
      now: today(),
      objects: madeObjects({config, credential, outcomes, labels, monitor}),
      selection: selectionEvidence(choice, circumstances, labels),
    });
    logger.debug({tcp: key, why: credential.state === 'ready' ? why : credential.why}, 'reconciled');
    return result(outcomes, Math.min(credential.checkAgainMs ?? Number.POSITIVE_INFINITY, removed.checkAgainMs));
  };

  async function make(objects: readonly DesiredObject[], tcp: LiveTenantControlPlane): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const object of objects) {
      const target = {kind: object.kind, namespace: tcp.namespace, name: object.metadata.name, owner: ownerOf(tcp)};
      const live = caches.children[object.kind].get(keyOf(target.namespace, target.name));
      const outcome = await applyPlan(client, target, plan(object, live, tcp.uid), logger);
      if (object.kind === 'ServiceMonitor' && outcome.result === 'changed') switchedAt.set(tcp.key, clock.now());
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /**
   * Removes what is no longer wanted, but not before prometheus-operator has read a changed ServiceMonitor: it drops one whose
   * Secret is gone, and with it every target.
   */
  async function removeOld(
    wanted: readonly DesiredObject[],
    tcp: LiveTenantControlPlane,
    why: string,
  ): Promise<{readonly outcomes: readonly Outcome[]; readonly checkAgainMs: number}> {
    const heldMs = (switchedAt.get(tcp.key) ?? Number.NEGATIVE_INFINITY) + SWITCH_MS - clock.now();
    if (heldMs <= 0) return {outcomes: await removeAllBut(wanted, tcp, why), checkAgainMs: Number.POSITIVE_INFINITY};
    const isHeld = unwantedOf(wanted, tcp).length > 0;
    return {outcomes: [], checkAgainMs: isHeld ? heldMs : Number.POSITIVE_INFINITY};
  }

  /** Removes what is ours and not wanted, in the reverse of the order in which it was made. */
  async function removeAllBut(
    wanted: readonly DesiredObject[],
    tcp: LiveTenantControlPlane,
    why: string,
  ): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const child of unwantedOf(wanted, tcp)) {
      // Without this binding we could no longer delete the Secret.
      if (child.kind === 'RoleBinding' && child.name === issuerName(tcp.name)) await certificates.remove(tcp);
      outcomes.push(await applyPlan(client, {...child, owner: ownerOf(tcp)}, planRemoval(child, tcp.uid, why), logger));
    }
    return outcomes;
  }

  function unwantedOf(wanted: readonly DesiredObject[], tcp: LiveTenantControlPlane): readonly Child[] {
    const isWanted = (child: Child) =>
      wanted.some(({kind, metadata}) => kind === child.kind && metadata.name === child.name);
    return CHILD_KIND_NAMES.toReversed().flatMap((kind) =>
      caches.children[kind].indexed(tcp.key).filter((child) => !isWanted(child)),
    );
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

function result(outcomes: readonly Outcome[], checkAgainMs = Number.POSITIVE_INFINITY): Result {
  const isConflict = outcomes.some((outcome) => outcome.result === 'conflict');
  const againAfterMs = Math.min(checkAgainMs, isConflict ? CONFLICT_RETRY_MS : Number.POSITIVE_INFINITY);
  return Number.isFinite(againAfterMs) ? {againAfterMs} : DONE;
}

function ownerOf({key, uid}: LiveTenantControlPlane): {readonly key: string; readonly uid: string} {
  return {key, uid};
}
