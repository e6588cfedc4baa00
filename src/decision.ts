import type {Config} from './config.ts';
import {decideEnrollment, type Enrollment, type EnrollmentFacts} from './enrollment.ts';
import type {TenantControlPlane} from './tenant-control-plane.ts';

/** What the truth table asks, of a TenantControlPlane in a namespace whose label `kamaji-monitoring.io/enabled` is this. */
export function enrollmentFacts(
  tcp: TenantControlPlane,
  namespaceLabel: string | undefined,
  config: Config,
): EnrollmentFacts {
  return {
    annotation: tcp.enabled,
    namespaceLabel,
    excluded: config.excludedNamespaces.includes(tcp.namespace),
    policy: config.enrollment,
  };
}

export function decide(tcp: TenantControlPlane, namespaceLabel: string | undefined, config: Config): Enrollment {
  return decideEnrollment(enrollmentFacts(tcp, namespaceLabel, config));
}
