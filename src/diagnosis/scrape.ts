import {COMPONENTS, type Component} from '../monitoring/components.ts';
import {classifyScrapeError, type ScrapeError} from '../prometheus/scrape-error.ts';
import {describeInstances} from '../prometheus/selection.ts';
import type {TargetFailure} from '../prometheus/targets.ts';
import {isYoungerThan} from './age.ts';
import type {DiagnosisCode} from './diagnoses.ts';
import type {Evidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';

/** After this long a tenant control plane that does not answer is not just starting. */
const STARTING_MS = 300_000;

interface Failure extends TargetFailure {
  readonly component: Component;
  readonly sort: ScrapeError;
}

/** Are the targets up, and if not, why not? */
export function diagnoseScrape(evidence: Evidence): readonly Finding[] {
  const {prometheus} = evidence;
  if (prometheus.state !== 'asked') return [];
  const failures = COMPONENTS.flatMap((component) =>
    prometheus.components[component].failures.map(
      (failure): Failure => ({...failure, component, sort: classifyScrapeError(failure.error)}),
    ),
  );
  const down = COMPONENTS.filter((component) => prometheus.components[component].down > 0);
  if (down.length > 0 && isStarting(evidence)) {
    return [about('tenant-starting', evidence, {components: down.join(', ')})];
  }
  const groups = Map.groupBy(withoutConsequences(failures), (failure) => codeOf(failure.sort, evidence));
  const findings = [...groups].map(([code, group]) => about(code, evidence, valuesOf(group, evidence)));
  const unexplained = down.filter((component) => !failures.some((failure) => failure.component === component));
  if (unexplained.length > 0) findings.push(about('down-unexplained', evidence, {components: unexplained.join(', ')}));
  if (findings.length > 0) return findings;

  const pending = COMPONENTS.filter((component) => prometheus.components[component].pending > 0);
  return pending.length > 0 ? [about('scrape-pending', evidence, {components: pending.join(', ')})] : [];
}

function isStarting({tcp, ...evidence}: Evidence): boolean {
  return tcp.phase !== 'Ready' && isYoungerThan(evidence, tcp.createdAt, STARTING_MS);
}

/** The other components ask kube-apiserver who may read their metrics, and answer 500 while it is away. */
function withoutConsequences(failures: readonly Failure[]): readonly Failure[] {
  const isServerError = ({sort}: Failure) => sort.kind === 'status' && sort.status >= 500;
  const apiServerIsAway = failures.some(
    ({component, sort}) => component === 'kube-apiserver' && sort.kind !== 'status',
  );
  return apiServerIsAway ? failures.filter((failure) => !isServerError(failure)) : failures;
}

function codeOf(sort: ScrapeError, {objects}: Evidence): DiagnosisCode {
  switch (sort.kind) {
    case 'status':
      if (sort.status === 401) return 'certificate-unknown';
      if (sort.status === 403)
        return objects.credential.mode === 'dedicated' ? 'dedicated-forbidden' : 'kubelet-client-forbidden';
      return sort.status >= 500 ? 'server-error' : 'scrape-failed';
    case 'refused':
      return 'connection-refused';
    case 'unreachable':
      return 'unreachable';
    case 'timeout':
      return 'too-slow';
    case 'authority-unknown':
      return 'authority-wrong';
    case 'server-name':
      return 'server-name-wrong';
    case 'server-expired':
      return 'server-certificate-expired';
    case 'file-missing':
      return 'certificate-file-missing';
    case 'limit':
      return 'sample-limit';
    case 'other':
      return 'scrape-failed';
  }
}

function valuesOf(group: readonly Failure[], {selection}: Evidence): Readonly<Record<string, string>> {
  const [first] = group;
  return {
    components: [...new Set(group.map(({component}) => component))].join(', '),
    container: first?.component ?? '',
    targets: group.map(({instance}) => instance).join(', '),
    pod: first?.pod ?? 'its pod',
    error: first?.error ?? '',
    prometheus: describeInstances(selection?.selectedBy ?? []) || 'Prometheus',
  };
}
