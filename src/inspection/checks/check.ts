import type {Config} from '../../config.ts';
import type {Category, InstallationFinding} from '../../diagnosis/installation.ts';
import type {KubeClient} from '../../kube/client.ts';
import type {ClusterReading} from '../cluster.ts';
import type {Inspected} from '../fleet.ts';

/** What every check may look at. */
export interface CheckContext {
  readonly client: KubeClient;
  /** Of all namespaces. */
  readonly cluster: ClusterReading;
  readonly fleet: readonly Inspected[];
  readonly config: Config;
  readonly isConfigKnown: boolean;
  readonly now: Date;
}

export type CheckResult =
  | {readonly state: 'ok'; readonly text: string}
  | {readonly state: 'found'; readonly findings: readonly InstallationFinding[]}
  /** What the person who asks may not see, or what nobody can say here. */
  | {readonly state: 'unknown'; readonly why: string};

/** One line of `check`. */
export interface Check {
  readonly category: Category;
  readonly title: string;
  /** @throws {ClusterError} where the API server cannot be reached or fails */
  readonly run: (context: CheckContext) => CheckResult | Promise<CheckResult>;
}

export function ok(text: string): CheckResult {
  return {state: 'ok', text};
}

export function unknown(why: string): CheckResult {
  return {state: 'unknown', why};
}

/** Ok with `text` where there are no findings. */
export function found(findings: readonly InstallationFinding[], text: string): CheckResult {
  return findings.length === 0 ? ok(text) : {state: 'found', findings};
}
