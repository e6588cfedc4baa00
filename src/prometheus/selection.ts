import {isDeepStrictEqual} from 'node:util';
import {type Labels, labelsThatSatisfy, selects} from '../kube/label-selector.ts';
import {describeInstance, type PrometheusInstance} from './instance.ts';

export interface SelectionNamespace {
  readonly name: string;
  readonly labels: Labels;
}

/** Why nobody selects a ServiceMonitor, by what would have to change. */
export type Unselected =
  | {readonly why: 'no-prometheus'}
  | {readonly why: 'idle'; readonly instance: PrometheusInstance; readonly reason: string}
  | {readonly why: 'namespace'; readonly instances: readonly PrometheusInstance[]}
  | {readonly why: 'labels'; readonly instances: readonly PrometheusInstance[]};

/** Which labels a ServiceMonitor gets. */
export type LabelChoice =
  | {readonly source: 'configured'; readonly labels: Labels}
  | {readonly source: 'found'; readonly labels: Labels; readonly instance: PrometheusInstance}
  /** The ones it has, or the guide's: nothing was found, or too much. */
  | {
      readonly source: 'kept' | 'guide';
      readonly labels: Labels;
      readonly because: 'nothing' | 'several' | 'unsatisfiable' | 'not-there';
      readonly candidates: readonly PrometheusInstance[];
    };

export interface LabelQuestion {
  readonly instances: readonly PrometheusInstance[];
  readonly namespace: SelectionNamespace;
  /** Of the configuration. */
  readonly configured: Labels | undefined;
  /** Which of several the configuration names. */
  readonly preferred: {readonly namespace: string; readonly name: string} | undefined;
  /** The found labels that the ServiceMonitor has already. */
  readonly current: Labels | undefined;
  /** The guide's. */
  readonly fallback: Labels;
  /** Labels that it has in any case. */
  readonly fixed: Labels;
}

/** Never guesses between several; an object that is there keeps what it has until something better is certain. */
export function chooseLabels(question: LabelQuestion): LabelChoice {
  const {instances, namespace, configured, preferred, current, fallback, fixed} = question;
  if (configured !== undefined) return {source: 'configured', labels: configured};
  const keep = (
    because: 'nothing' | 'several' | 'unsatisfiable' | 'not-there',
    candidates: readonly PrometheusInstance[],
  ) => ({source: current === undefined ? 'guide' : 'kept', labels: current ?? fallback, because, candidates}) as const;

  const named = instances.filter(
    ({name, ...rest}) => name === preferred?.name && rest.namespace === preferred.namespace,
  );
  if (preferred !== undefined && named.length === 0) return keep('not-there', []);
  const candidates = (preferred === undefined ? instances : named).filter((instance) =>
    takesNamespace(instance, namespace),
  );
  const fitting = candidates.flatMap((instance) => {
    const labels = instance.monitors && labelsThatSatisfy(instance.monitors, fixed);
    return labels === undefined ? [] : [{instance, labels}];
  });
  const [first, ...others] = fitting;
  if (first === undefined) return keep(candidates.length === 0 ? 'nothing' : 'unsatisfiable', candidates);
  if (others.every(({labels}) => isDeepStrictEqual(labels, first.labels))) return {source: 'found', ...first};
  return keep(
    'several',
    fitting.map(({instance}) => instance),
  );
}

/** The objects that select a ServiceMonitor with these labels in this namespace. */
export function selectingInstances(
  instances: readonly PrometheusInstance[],
  namespace: SelectionNamespace,
  labels: Labels,
): readonly PrometheusInstance[] {
  return instances.filter(
    (instance) =>
      takesNamespace(instance, namespace) && instance.monitors !== undefined && selects(instance.monitors, labels),
  );
}

/** Why {@link selectingInstances} found none: the reason that is nearest to being selected. */
export function whyUnselected(
  instances: readonly PrometheusInstance[],
  namespace: SelectionNamespace,
  labels: Labels,
): Unselected {
  const here = instances.filter((instance) => takesNamespace(instance, namespace));
  if (here.length > 0) return {why: 'labels', instances: here};
  const [idle] = instances.filter(
    (instance) =>
      instance.idle !== undefined &&
      selectsNamespace(instance, namespace) &&
      instance.monitors !== undefined &&
      selects(instance.monitors, labels),
  );
  if (idle?.idle !== undefined) return {why: 'idle', instance: idle, reason: idle.idle};
  const active = instances.filter((instance) => instance.idle === undefined);
  if (active.length > 0) return {why: 'namespace', instances: active};
  const [sleeper] = instances;
  return sleeper?.idle === undefined ? {why: 'no-prometheus'} : {why: 'idle', instance: sleeper, reason: sleeper.idle};
}

export function describeInstances(instances: readonly PrometheusInstance[]): string {
  return instances.map(describeInstance).join(', ');
}

function takesNamespace(instance: PrometheusInstance, namespace: SelectionNamespace): boolean {
  return instance.idle === undefined && selectsNamespace(instance, namespace);
}

function selectsNamespace(
  {namespaces, namespace: own}: PrometheusInstance,
  {name, labels}: SelectionNamespace,
): boolean {
  return namespaces === undefined ? name === own : selects(namespaces, labels);
}
