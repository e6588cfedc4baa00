import t from 'tap';
import {
  decideEnrollment,
  describeEnrollment,
  type EnrollmentFacts,
  type EnrollmentPolicy,
  type EnrollmentReason,
  enrollmentSteps,
} from '../src/enrollment.ts';

const KEY = 'kamaji-monitoring.io/enabled';

type Row = readonly [
  annotation: string | undefined,
  namespaceLabel: string | undefined,
  excluded: boolean,
  policies: readonly EnrollmentPolicy[],
  monitored: boolean,
  reason: EnrollmentReason,
];

const ALL: readonly EnrollmentPolicy[] = ['opt-out', 'opt-in', 'required', 'off'];
const LABELS = [undefined, 'true', 'false', 'other'];

const rows: readonly Row[] = [
  ...LABELS.flatMap((label): Row[] =>
    [false, true].flatMap((excluded): Row[] => [
      ['true', label, excluded, ALL, true, 'annotation-true'],
      ['false', label, excluded, ALL, false, 'annotation-false'],
      ...['', 'TRUE', ' true ', 'flase', 'yes', '1'].map(
        (typo): Row => [typo, label, excluded, ALL, false, 'annotation-invalid'],
      ),
    ]),
  ),

  [undefined, 'true', false, ['opt-out', 'opt-in', 'required'], true, 'namespace-true'],
  [undefined, 'true', true, ['opt-out', 'opt-in', 'required'], true, 'namespace-true'],
  [undefined, 'true', false, ['off'], false, 'policy-off'],

  [undefined, 'false', false, ['opt-out', 'opt-in'], false, 'namespace-false'],
  [undefined, 'false', false, ['off'], false, 'policy-off'],
  [undefined, 'false', false, ['required'], true, 'policy-required'],

  ...[undefined, 'other', ''].flatMap((label): Row[] => [
    [undefined, label, false, ['opt-out'], true, 'policy-opt-out'],
    [undefined, label, false, ['required'], true, 'policy-required'],
    [undefined, label, false, ['opt-in'], false, 'policy-opt-in'],
    [undefined, label, false, ['off'], false, 'policy-off'],
    [undefined, label, true, ['opt-out', 'opt-in', 'required'], false, 'namespace-excluded'],
  ]),
  [undefined, 'false', true, ['opt-out', 'opt-in', 'required'], false, 'namespace-excluded'],
];

for (const [annotation, namespaceLabel, excluded, policies, monitored, reason] of rows) {
  for (const policy of policies) {
    const where = excluded ? ', in an excluded namespace' : '';
    const title = `annotation ${annotation ?? 'absent'}, namespace ${namespaceLabel ?? 'absent'}${where}, ${policy}: ${reason}`;
    t.strictSame(decideEnrollment({annotation, namespaceLabel, excluded, policy}), {monitored, reason}, title);
  }
}

t.test('every reason has words of its own', async (t) => {
  const reasons = [...new Set(rows.map(([, , , , , reason]) => reason))];
  t.equal(new Set(reasons.map(describeEnrollment)).size, reasons.length);
});

t.test('the steps are every rule up to the deciding one, and it alone applies', async (t) => {
  for (const [annotation, namespaceLabel, excluded, policies] of rows) {
    for (const policy of policies) {
      const facts = {annotation, namespaceLabel, excluded, policy};
      const steps = enrollmentSteps(facts);
      const last = steps.at(-1);
      t.strictSame([last?.reason, last?.applies], [decideEnrollment(facts).reason, true], JSON.stringify(facts));
      t.equal(steps.filter(({applies}) => applies).length, 1);
    }
  }
});

t.test('the rules are asked in one order: own answer, off, namespace, required, namespace, policy', async (t) => {
  const facts: EnrollmentFacts = {annotation: undefined, namespaceLabel: 'other', excluded: false, policy: 'opt-in'};
  const reasons = enrollmentSteps(facts).map(({reason}) => reason);
  t.strictSame(reasons, [
    'annotation-true',
    'annotation-false',
    'annotation-invalid',
    'policy-off',
    'namespace-true',
    'namespace-excluded',
    'policy-required',
    'namespace-false',
    'policy-opt-out',
    'policy-opt-in',
  ]);
  for (const reason of new Set(rows.map(([, , , , , found]) => found))) t.ok(reasons.includes(reason), reason);
});

t.test('a step says what it asked and what it found', async (t) => {
  const shown = (facts: Partial<EnrollmentFacts>) =>
    enrollmentSteps({
      annotation: undefined,
      namespaceLabel: undefined,
      excluded: false,
      policy: 'opt-in',
      ...facts,
    }).map(({question, applies, found}) => `${question} ${applies ? 'yes' : 'no'}: ${found}`);
  t.strictSame(shown({}), [
    'annotation kamaji-monitoring.io/enabled is "true"? no: it has none',
    'annotation kamaji-monitoring.io/enabled is "false"? no: it has none',
    'annotation kamaji-monitoring.io/enabled has any other value? no: it has none',
    'enrollment is off? no: it is opt-in',
    'label kamaji-monitoring.io/enabled of its namespace is "true"? no: it has none',
    'its namespace is listed in excludedNamespaces? no: it is not listed',
    'enrollment is required? no: it is opt-in',
    'label kamaji-monitoring.io/enabled of its namespace is "false"? no: it has none',
    'enrollment is opt-out? no: it is opt-in',
    'enrollment is opt-in? yes: it is opt-in',
  ]);
  t.equal(shown({namespaceLabel: 'false'}).at(-1), `label ${KEY} of its namespace is "false"? yes: it is "false"`);
  t.equal(shown({excluded: true}).at(-1), 'its namespace is listed in excludedNamespaces? yes: it is listed');
});

t.test('a value that was found is quoted, its control characters escaped, and cut where it is long', async (t) => {
  const found = (annotation: string) =>
    enrollmentSteps({annotation, namespaceLabel: undefined, excluded: false, policy: 'opt-out'}).at(-1)?.found;
  t.equal(found(' true '), 'it is " true "');
  t.equal(found('\u001b[31m'), 'it is "\\u001b[31m"');
  t.equal(found('x'.repeat(33)), `it is "${'x'.repeat(32)}…"`);
});
