import {type Config, loadConfig} from '../config.ts';
import {enrollmentFacts} from '../decision.ts';
import {
  decideEnrollment,
  describeEnrollment,
  type EnrollmentReason,
  type EnrollmentStep,
  enrollmentSteps,
} from '../enrollment.ts';
import {UsageError} from '../errors.ts';
import type {ObjectKey} from '../kube/client.ts';
import {ENABLED, isDnsSubdomain} from '../names.ts';
import {fetchSubject} from './cluster-subject.ts';
import {type Command, type Io, parseFlagsAndNames} from './command.ts';
import {hindrance, passedOver, readInputs, type Subject, titleOf} from './subject.ts';

const OPTIONS = {
  config: {type: 'string'},
  filename: {type: 'string', short: 'f', multiple: true},
  namespace: {type: 'string', short: 'n'},
  kubeconfig: {type: 'string'},
  output: {type: 'string', short: 'o'},
} as const;

/** Says which rule decides whether TenantControlPlanes are monitored, of manifests or of one in the cluster. */
export const explain: Command = async (args, io) => {
  const {flags, names} = parseFlagsAndNames(args, OPTIONS);
  if (flags.output !== undefined && flags.output !== 'json') {
    throw new UsageError(`-o ${flags.output}: expected json, or no -o for people`);
  }
  const source = sourceOf(flags, names);
  const config = await loadConfig(flags.config);
  const subjects =
    source.from === 'manifests'
      ? await readSubjects(source.paths, io)
      : [await fetchSubject(source.key, source.kubeconfig)];
  const explanations = subjects.map((subject) => explanationOf(subject, config));
  for (const {subject, steps} of explanations) {
    if (subject.namespace === undefined && steps.some(({reason}) => reason === 'namespace-true')) {
      const {tcp} = subject;
      io.stderr.write(`${titleOf(tcp)}: Namespace ${tcp.namespace} is not in the input and counts as unlabelled\n`);
    }
  }
  io.stdout.write(
    flags.output === 'json'
      ? `${JSON.stringify(explanations.map(toJson), null, 2)}\n`
      : explanations.map(toText).join('\n'),
  );
  return 0;
};

type Source =
  | {readonly from: 'manifests'; readonly paths: readonly string[]}
  | {readonly from: 'cluster'; readonly key: ObjectKey; readonly kubeconfig: string | undefined};

interface SourceFlags {
  readonly filename?: readonly string[] | undefined;
  readonly namespace?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

function sourceOf({filename, namespace, kubeconfig}: SourceFlags, names: readonly string[]): Source {
  const [name, ...more] = names;
  if (filename !== undefined) {
    if (name !== undefined) throw new UsageError(`explain takes -f or a NAME, not both: found ${name} beside -f`);
    if (namespace !== undefined) throw new UsageError('-n goes with a NAME; with -f the manifests name the namespace');
    if (kubeconfig !== undefined) throw new UsageError('--kubeconfig goes with a NAME; -f asks no cluster');
    return {from: 'manifests', paths: filename};
  }
  if (name === undefined) {
    throw new UsageError('explain needs -f FILE, a folder, or - for standard input; or NAME -n NAMESPACE');
  }
  if (more.length > 0) throw new UsageError(`explain takes one NAME, found ${names.join(' ')}`);
  if (namespace === undefined) throw new UsageError(`explain ${name} needs -n NAMESPACE`);
  return {
    from: 'cluster',
    key: {namespace: checkName('-n ', namespace), name: checkName('explain ', name)},
    kubeconfig,
  };
}

/** Anything else would ask the API server for another path. */
function checkName(before: string, name: string): string {
  if (!isDnsSubdomain(name)) throw new UsageError(`${before}${JSON.stringify(name)}: no object can have this name`);
  return name;
}

async function readSubjects(paths: readonly string[], io: Io): Promise<readonly Subject[]> {
  const inputs = await readInputs(paths, io.stdin);
  return inputs.flatMap((input) => {
    if (input.type === 'subject') return [input.subject];
    if (input.kind !== 'Namespace') io.stderr.write(passedOver(input.origin, input.kind));
    return [];
  });
}

type Step = Omit<EnrollmentStep, 'reason'> & {readonly reason: EnrollmentReason | 'obstacle'};

interface Explanation {
  readonly subject: Subject;
  readonly steps: readonly Step[];
  readonly monitored: boolean;
  /** Which of the steps decides. */
  readonly reason: Step['reason'];
  readonly because: string;
  /** What the webhook does with it at its creation. */
  readonly webhook: string;
}

function explanationOf(subject: Subject, config: Config): Explanation {
  const facts = enrollmentFacts(subject.tcp, subject.namespace?.label, config);
  const enrollment = decideEnrollment(facts);
  const obstacle = hindrance(subject.tcp);
  const stopped = enrollment.monitored && obstacle !== undefined;
  return {
    subject,
    steps: [
      ...enrollmentSteps(facts),
      {
        reason: 'obstacle',
        question: 'something makes its monitoring impossible?',
        applies: obstacle !== undefined,
        found: obstacle ?? 'nothing does',
      },
    ],
    webhook: webhookAnswer(facts.annotation, enrollment.monitored),
    ...(stopped
      ? {monitored: false, reason: 'obstacle', because: obstacle}
      : {...enrollment, because: describeEnrollment(enrollment.reason)}),
  };
}

/** The webhook writes the table's answer down where there is none, and looks at no obstacle. */
function webhookAnswer(annotation: string | undefined, monitored: boolean): string {
  if (annotation === 'true' || annotation === 'false') return 'would write nothing: it carries an answer';
  if (annotation !== undefined) return 'would write nothing, and warn whoever wrote this value';
  return monitored ? `would add the annotation ${ENABLED}: "true"` : 'would write nothing: no rule says monitored';
}

function toText({subject, steps, monitored, because, webhook}: Explanation): string {
  return [
    titleOf(subject.tcp),
    ...steps.map(({question, applies, found}) => `  ${question} ${applies ? 'yes' : 'no'}: ${found}`),
    `  at its creation the webhook ${webhook}`,
    `→ ${monitored ? 'monitored' : 'not monitored'}: ${because}`,
    '',
  ].join('\n');
}

function toJson({subject: {tcp}, monitored, reason, steps}: Explanation): object {
  return {namespace: tcp.namespace, name: tcp.name, monitored, reason, steps};
}
