import type {Config} from '../config.ts';
import type {CredentialState} from '../credentials/credential.ts';
import {credentialEvidence} from '../diagnosis/credential.ts';
import type {Evidence, ObjectsEvidence} from '../diagnosis/evidence.ts';
import type {Enrollment} from '../enrollment.ts';
import type {Labels} from '../kube/label-selector.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {Outcome} from './apply.ts';
import type {Child} from './cached.ts';

/** What a reconcile knows; what Prometheus says is added by the proof. */
export type ReconcileEvidence = Pick<Evidence, 'tcp' | 'now' | 'decision' | 'objects' | 'selection'>;

export interface MadeObjects {
  readonly config: Config;
  readonly credential: CredentialState;
  readonly outcomes: readonly Outcome[];
  /** Of the ServiceMonitor. */
  readonly labels: Labels;
  /** The ServiceMonitor as it was. */
  readonly monitor: Child | undefined;
}

export function madeObjects({
  config,
  credential: {credential, ...state},
  outcomes,
  labels,
  monitor,
}: MadeObjects): ObjectsEvidence {
  return {
    missing: [],
    differing: [],
    foreign: outcomes.filter((outcome) => outcome.result === 'conflict'),
    kindKnown: true,
    credential: credentialEvidence(credential, config.credential, 'refusal' in state ? state.refusal : undefined),
    monitor: monitor && {name: monitor.name, labels, createdAt: monitor.createdAt},
  };
}

/** Nothing is made for it, so there is nothing to know but why. */
export function unmonitored(tcp: TenantControlPlane, decision: Enrollment, now: Date): ReconcileEvidence {
  return {
    tcp,
    now,
    decision,
    selection: undefined,
    objects: {
      missing: [],
      differing: [],
      foreign: [],
      kindKnown: true,
      credential: {
        mode: 'dedicated',
        secretName: '',
        notAfter: undefined,
        authorityChecksum: undefined,
        isSecretThere: undefined,
        refusal: undefined,
      },
      monitor: undefined,
    },
  };
}
