import type {Config} from '../../src/config.ts';
import {diagnose} from '../../src/diagnosis/diagnose.ts';
import type {InstallationCode} from '../../src/diagnosis/installation.ts';
import {CHECKS} from '../../src/inspection/checks/all.ts';
import type {CheckContext, CheckResult} from '../../src/inspection/checks/check.ts';
import type {ClusterReading} from '../../src/inspection/cluster.ts';
import type {Inspected} from '../../src/inspection/fleet.ts';
import {reading} from './cluster-reading.ts';
import {type Change, CONFIG, changed, NOW} from './evidence.ts';
import {answer, type FakeCluster, fakeCluster} from './fake-cluster.ts';

/** What a check is given: a healthy installation until a test changes it. */
export interface Situation extends CheckContext {
  readonly api: FakeCluster;
}

export type Turn = (situation: Situation) => Situation;

/** What a check should say, as {@link CheckResult} or a part of it. */
export type Expected =
  | {readonly state: 'ok'; readonly text: string}
  | {readonly state: 'unknown'; readonly why: string}
  | {readonly state: 'found'; readonly findings: readonly {readonly code: InstallationCode; readonly cause?: RegExp}[]};

/** Of one check, by its title. */
export type Cases = Readonly<Record<string, readonly (readonly [when: string, turn: Turn, says: Expected])[]>>;

export function isOk(text: string): Expected {
  return {state: 'ok', text};
}

export function isUnknown(why: string): Expected {
  return {state: 'unknown', why};
}

export function finds(code: InstallationCode, ...causes: readonly RegExp[]): Expected {
  return {state: 'found', findings: causes.length === 0 ? [{code}] : causes.map((cause) => ({code, cause}))};
}

export function inspected(...changes: readonly Change[]): Inspected {
  const evidence = changed(...changes);
  return {evidence, findings: diagnose(evidence)};
}

export const asItIs: Turn = (situation) => situation;

export function all(...turns: readonly Turn[]): Turn {
  return (situation) => turns.reduce((before, turn) => turn(before), situation);
}

export function cluster(change: Partial<ClusterReading>): Turn {
  return (situation) => ({...situation, cluster: {...situation.cluster, ...change}});
}

export function config(change: Partial<Config>): Turn {
  return (situation) => ({...situation, config: {...situation.config, ...change}});
}

export function fleet(...members: readonly Inspected[]): Turn {
  return (situation) => ({...situation, fleet: members});
}

/** Changes what the API server has and says. */
export function api(change: (api: FakeCluster) => unknown): Turn {
  return (situation) => {
    change(situation.api);
    return situation;
  };
}

export function healthySituation(): Situation {
  const fake = fakeCluster([
    {kind: 'ServiceAccount', metadata: {namespace: 'kamaji-monitoring-system', name: 'kamaji-monitoring-controller'}},
    {kind: 'ServiceAccount', metadata: {namespace: 'monitoring', name: 'main'}},
    {
      kind: 'MutatingWebhookConfiguration',
      metadata: {name: 'kamaji-monitoring'},
      webhooks: ['a', 'b'].map((name) => ({name, failurePolicy: 'Ignore', clientConfig: {caBundle: 'x'}})),
    },
  ]);
  fake.denied.add('get secrets').add('list secrets').add('watch secrets').add('patch secrets');
  fake.answers.set('/version', answer({major: '1', minor: '36', gitVersion: 'v1.36.3'}, 200, NOW));
  const resources = [{name: 'validatingadmissionpolicies'}, {name: 'mutatingadmissionpolicies'}];
  fake.answers.set('/apis/admissionregistration.k8s.io/v1', answer({resources}));
  return {
    api: fake,
    client: fake.client,
    cluster: reading(),
    fleet: [inspected()],
    config: CONFIG,
    isConfigKnown: true,
    now: NOW,
  };
}

/** Runs the check of that title. */
export async function runCheck(title: string, situation: Situation): Promise<CheckResult> {
  const check = CHECKS.find((candidate) => candidate.title === title);
  if (check === undefined) throw new Error(`there is no check ${title}`);
  return check.run(situation);
}
