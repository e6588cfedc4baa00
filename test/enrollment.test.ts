import t from 'tap';
import {decideEnrollment, describeEnrollment, type EnrollmentPolicy, type EnrollmentReason} from '../src/enrollment.ts';

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
