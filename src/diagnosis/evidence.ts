import type {CredentialRefusal} from '../credentials/credential.ts';
import type {EnrollmentReason} from '../enrollment.ts';
import type {Labels} from '../kube/label-selector.ts';
import type {Component} from '../monitoring/components.ts';
import type {PrometheusInstance} from '../prometheus/instance.ts';
import type {LabelChoice} from '../prometheus/selection.ts';
import type {TargetsReading} from '../prometheus/targets.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';

/** All that is known of the monitoring of one TenantControlPlane; `undefined` is what is not known, and is not judged. */
export interface Evidence {
  readonly tcp: TenantControlPlane;
  readonly now: Date;
  readonly decision: {readonly monitored: boolean; readonly reason: EnrollmentReason};
  readonly objects: ObjectsEvidence;
  readonly selection: SelectionEvidence | undefined;
  readonly acceptance: AcceptanceEvidence | undefined;
  readonly discovery: DiscoveryEvidence | undefined;
  readonly prometheus: PrometheusEvidence;
}

export interface ObjectsEvidence {
  readonly missing: readonly ObjectName[];
  readonly foreign: readonly (ObjectName & {readonly why: string})[];
  readonly differing: readonly (ObjectName & {readonly fields: readonly string[]})[];
  /** Whether the cluster knows the kind ServiceMonitor. */
  readonly kindKnown: boolean;
  readonly credential: CredentialEvidence;
  /** Of the ServiceMonitor, where it is there. */
  readonly monitor: {readonly name: string; readonly labels: Labels; readonly createdAt: Date | undefined} | undefined;
}

export interface ObjectName {
  readonly kind: string;
  readonly name: string;
}

export interface CredentialEvidence {
  readonly mode: 'dedicated' | 'kubelet-client';
  readonly secretName: string;
  readonly notAfter: Date | undefined;
  /** Kamaji's checksum of the CA that signed it. */
  readonly authorityChecksum: string | undefined;
  /** Whether the Secret is there; undefined where that is not known. */
  readonly isSecretThere: boolean | undefined;
  /** Why there is none, when it is not merely too early. */
  readonly refusal: CredentialRefusal | undefined;
}

export interface SelectionEvidence {
  readonly choice: LabelChoice;
  readonly instances: readonly PrometheusInstance[];
  readonly selectedBy: readonly PrometheusInstance[];
  readonly namespace: {readonly name: string; readonly labels: Labels};
  /** As `namespace/name`. */
  readonly scrapers: readonly string[];
}

/** What prometheus-operator says of the ServiceMonitor. */
export type AcceptanceEvidence =
  | {readonly verdict: 'accepted'}
  | {readonly verdict: 'rejected'; readonly message: string}
  | {readonly verdict: 'silent'};

export interface DiscoveryEvidence {
  /** What the ServiceAccount of Prometheus may not list in the namespace. */
  readonly forbidden: {readonly instance: PrometheusInstance; readonly resources: readonly string[]} | undefined;
  /** Addresses in the EndpointSlices of the Service, by component. */
  readonly endpoints: Readonly<Record<Component, number>>;
}

export type PrometheusEvidence =
  | {readonly state: 'not-asked'; readonly why: string}
  | ({readonly state: 'asked'} & TargetsReading);
