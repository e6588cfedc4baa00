import {ENABLED} from './names.ts';

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

interface Rule {
  readonly reason: string;
  readonly question: string;
  readonly applies: (facts: EnrollmentFacts) => boolean;
  /** The fact that the question is about, in words. */
  readonly found: (facts: EnrollmentFacts) => string;
  readonly monitored: boolean;
  /** The reason in words, where the rule decides. */
  readonly because: string;
}

const annotationFound = ({annotation}: EnrollmentFacts) => valueFound(annotation);
const labelFound = ({namespaceLabel}: EnrollmentFacts) => valueFound(namespaceLabel);
const listingFound = ({excluded}: EnrollmentFacts) => (excluded ? 'it is listed' : 'it is not listed');
const policyFound = ({policy}: EnrollmentFacts) => `it is ${policy}`;

/** Decides whatever the rules before it leave, so that every combination of facts has an answer. */
const LAST_RULE = {
  reason: 'policy-opt-in',
  question: 'enrollment is opt-in?',
  applies: ({policy}) => policy === 'opt-in',
  found: policyFound,
  monitored: false,
  because: 'nothing asks for it and enrollment is opt-in',
} as const satisfies Rule;

/** The truth table of the product: the first rule that applies decides. */
const RULES = [
  {
    reason: 'annotation-true',
    question: `annotation ${ENABLED} is "true"?`,
    applies: ({annotation}) => annotation === 'true',
    found: annotationFound,
    monitored: true,
    because: `its annotation ${ENABLED} is "true"`,
  },
  {
    reason: 'annotation-false',
    question: `annotation ${ENABLED} is "false"?`,
    applies: ({annotation}) => annotation === 'false',
    found: annotationFound,
    monitored: false,
    because: `its annotation ${ENABLED} is "false"`,
  },
  {
    // A typo is never guessed at: "flase" may have been meant as an opt-out.
    reason: 'annotation-invalid',
    question: `annotation ${ENABLED} has any other value?`,
    applies: ({annotation}) => annotation !== undefined,
    found: annotationFound,
    monitored: false,
    because: `its annotation ${ENABLED} is neither "true" nor "false"`,
  },
  {
    reason: 'policy-off',
    question: 'enrollment is off?',
    applies: ({policy}) => policy === 'off',
    found: policyFound,
    monitored: false,
    because: 'it carries no annotation and enrollment is off',
  },
  {
    reason: 'namespace-true',
    question: `label ${ENABLED} of its namespace is "true"?`,
    applies: ({namespaceLabel}) => namespaceLabel === 'true',
    found: labelFound,
    monitored: true,
    because: `its namespace is labelled ${ENABLED}=true`,
  },
  {
    reason: 'namespace-excluded',
    question: 'its namespace is listed in excludedNamespaces?',
    applies: ({excluded}) => excluded,
    found: listingFound,
    monitored: false,
    because: 'its namespace is listed in excludedNamespaces',
  },
  {
    reason: 'policy-required',
    question: 'enrollment is required?',
    applies: ({policy}) => policy === 'required',
    found: policyFound,
    monitored: true,
    because: 'enrollment is required',
  },
  {
    reason: 'namespace-false',
    question: `label ${ENABLED} of its namespace is "false"?`,
    applies: ({namespaceLabel}) => namespaceLabel === 'false',
    found: labelFound,
    monitored: false,
    because: `its namespace is labelled ${ENABLED}=false`,
  },
  {
    reason: 'policy-opt-out',
    question: 'enrollment is opt-out?',
    applies: ({policy}) => policy === 'opt-out',
    found: policyFound,
    monitored: true,
    because: 'nothing says otherwise and enrollment is opt-out',
  },
  LAST_RULE,
] as const satisfies readonly Rule[];

export type EnrollmentReason = (typeof RULES)[number]['reason'];

const BECAUSE = Object.fromEntries(RULES.map(({reason, because}) => [reason, because])) as Readonly<
  Record<EnrollmentReason, string>
>;

export interface Enrollment {
  readonly monitored: boolean;
  readonly reason: EnrollmentReason;
}

/** One rule of the table, put to the facts. */
export interface EnrollmentStep {
  readonly reason: EnrollmentReason;
  readonly question: string;
  readonly applies: boolean;
  /** What answers the question, such as `it has none`. */
  readonly found: string;
}

export function decideEnrollment(facts: EnrollmentFacts): Enrollment {
  const {monitored, reason} = decidingRule(facts);
  return {monitored, reason};
}

/** Every rule up to the one that decides, which is the last and the only one that applies. */
export function enrollmentSteps(facts: EnrollmentFacts): readonly EnrollmentStep[] {
  const asked = RULES.slice(0, RULES.indexOf(decidingRule(facts)) + 1);
  return asked.map(({reason, question, applies, found}) => ({
    reason,
    question,
    applies: applies(facts),
    found: found(facts),
  }));
}

/** The reason in words, for people who ask why. */
export function describeEnrollment(reason: EnrollmentReason): string {
  return BECAUSE[reason];
}

function decidingRule(facts: EnrollmentFacts): (typeof RULES)[number] {
  return RULES.find(({applies}) => applies(facts)) ?? LAST_RULE;
}

const SHOWN_LENGTH = 32;

/** In quotes, so that a blank or a control character is seen and not obeyed. */
function valueFound(value: string | undefined): string {
  if (value === undefined) return 'it has none';
  return `it is ${JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}…` : value)}`;
}
