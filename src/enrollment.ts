export const ENROLLMENT_POLICIES = ['opt-out', 'opt-in', 'required', 'off'] as const;
export type EnrollmentPolicy = (typeof ENROLLMENT_POLICIES)[number];

/** What decides whether a TenantControlPlane is monitored; nothing else may. */
export interface EnrollmentFacts {
  /** The value of the TenantControlPlane's annotation `kamaji-monitoring.io/enabled`. */
  readonly annotation: string | undefined;
  /** The value of its Namespace's label `kamaji-monitoring.io/enabled`. */
  readonly namespaceLabel: string | undefined;
  /** Whether the configuration's `excludedNamespaces` lists its namespace. */
  readonly excluded: boolean;
  readonly policy: EnrollmentPolicy;
}

export type EnrollmentReason =
  | 'annotation-true'
  | 'annotation-false'
  | 'annotation-invalid'
  | 'namespace-true'
  | 'namespace-false'
  | 'namespace-excluded'
  | 'policy-opt-out'
  | 'policy-opt-in'
  | 'policy-required'
  | 'policy-off';

export interface Enrollment {
  readonly monitored: boolean;
  readonly reason: EnrollmentReason;
}

/** The truth table of the product. The TenantControlPlane's own answer comes first, then its namespace's, then the cluster's. */
export function decideEnrollment(facts: EnrollmentFacts): Enrollment {
  if (facts.annotation === 'true') return {monitored: true, reason: 'annotation-true'};
  if (facts.annotation === 'false') return {monitored: false, reason: 'annotation-false'};
  // A typo is never guessed at: "flase" may have been meant as an opt-out.
  if (facts.annotation !== undefined) return {monitored: false, reason: 'annotation-invalid'};
  if (facts.policy === 'off') return {monitored: false, reason: 'policy-off'};
  if (facts.namespaceLabel === 'true') return {monitored: true, reason: 'namespace-true'};
  if (facts.excluded) return {monitored: false, reason: 'namespace-excluded'};
  if (facts.policy === 'required') return {monitored: true, reason: 'policy-required'};
  if (facts.namespaceLabel === 'false') return {monitored: false, reason: 'namespace-false'};
  return facts.policy === 'opt-out'
    ? {monitored: true, reason: 'policy-opt-out'}
    : {monitored: false, reason: 'policy-opt-in'};
}

/** The reason in words, for people who ask why. */
export function describeEnrollment(reason: EnrollmentReason): string {
  switch (reason) {
    case 'annotation-true':
      return 'its annotation kamaji-monitoring.io/enabled is "true"';
    case 'annotation-false':
      return 'its annotation kamaji-monitoring.io/enabled is "false"';
    case 'annotation-invalid':
      return 'its annotation kamaji-monitoring.io/enabled is neither "true" nor "false"';
    case 'namespace-true':
      return 'its namespace is labelled kamaji-monitoring.io/enabled=true';
    case 'namespace-false':
      return 'its namespace is labelled kamaji-monitoring.io/enabled=false';
    case 'namespace-excluded':
      return 'its namespace is listed in excludedNamespaces';
    case 'policy-opt-out':
      return 'nothing says otherwise and enrollment is opt-out';
    case 'policy-opt-in':
      return 'nothing asks for it and enrollment is opt-in';
    case 'policy-required':
      return 'enrollment is required';
    case 'policy-off':
      return 'it carries no annotation and enrollment is off';
  }
}
