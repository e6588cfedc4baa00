import type {Severity} from '../diagnosis/diagnoses.ts';
import type {Evidence} from '../diagnosis/evidence.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {countTargets} from '../diagnosis/targets.ts';
import {describeEnrollment} from '../enrollment.ts';
import type {ClusterReading} from '../inspection/cluster.ts';
import type {Inspected} from '../inspection/fleet.ts';
import {someNames} from '../inspection/some-names.ts';
import {COMPONENTS, type Component} from '../monitoring/components.ts';
import {describeInstance} from '../prometheus/instance.ts';
import {isAsleep, obstacle} from '../tenant-control-plane.ts';
import {table} from './table.ts';

const SIGNS: Readonly<Record<Severity, string>> = {problem: '✖', waiting: '…', information: 'i'};
const HEADINGS: Readonly<Record<Component, string>> = {
  'kube-apiserver': 'APISERVER',
  'kube-controller-manager': 'CONTROLLER-MANAGER',
  'kube-scheduler': 'SCHEDULER',
};
const UNKNOWN = '?';
const NONE = '-';

export interface StatusContext {
  readonly cluster: ClusterReading;
  /** Undefined for all. */
  readonly namespace: string | undefined;
}

/** For people: a line each, and below what is wrong and how to mend it, said once for all that it concerns. */
export function statusText(fleet: readonly Inspected[], context: StatusContext): string {
  if (fleet.length === 0) return `${nothingFound(context)}\n`;
  const lines = hiddenFrom(context.cluster, fleet);
  const heading = [
    'NAMESPACE',
    'NAME',
    'MONITORED',
    'OBJECTS',
    'CREDENTIAL',
    'SELECTED BY',
    ...COMPONENTS.map((name) => HEADINGS[name]),
  ];
  lines.push(...table([heading, ...fleet.map((inspected) => row(inspected, context.cluster))]));
  const said = groups(fleet);
  if (said.length > 0) lines.push('', ...said);
  const unproven = unprovenText(fleet);
  if (unproven !== undefined) lines.push('', unproven);
  return `${lines.join('\n')}\n`;
}

/** For programs. */
export function statusJson(fleet: readonly Inspected[]): string {
  const items = fleet.map(({evidence, findings}) => {
    const {tcp, decision, objects, selection, prometheus, discovery} = evidence;
    const {mode, secretName, notAfter} = objects.credential;
    return {
      namespace: tcp.namespace,
      name: tcp.name,
      monitored: decision.monitored,
      reason: decision.reason,
      asleep: isAsleep(tcp),
      objects: {missing: objects.missing, foreign: objects.foreign, differing: objects.differing},
      credential: {mode, secret: secretName, notAfter: notAfter?.toISOString() ?? null},
      selectedBy: selection?.selectedBy.map(({kind, namespace, name}) => ({kind, namespace, name})) ?? null,
      targets:
        prometheus.state === 'asked'
          ? Object.fromEntries(
              COMPONENTS.map((component) => {
                const {up, down, pending} = prometheus.components[component];
                return [component, {up, down, pending, expected: discovery?.endpoints[component] ?? null}];
              }),
            )
          : null,
      notAsked: prometheus.state === 'asked' ? null : prometheus.why,
      findings,
    };
  });
  return `${JSON.stringify({items}, null, 2)}\n`;
}

function row({evidence, findings}: Inspected, {children}: ClusterReading): readonly string[] {
  const {tcp, decision, objects, selection} = evidence;
  const about = [tcp.namespace, tcp.name, monitoredText(evidence, findings), objectsText(evidence, children)];
  if (!decision.monitored || objects.monitor === undefined) {
    const nothing = decision.monitored && children.ServiceMonitor.state === 'forbidden' ? UNKNOWN : NONE;
    return [...about, nothing, nothing, ...COMPONENTS.map(() => nothing)];
  }
  return [
    ...about,
    objects.credential.mode,
    selection === undefined ? UNKNOWN : selection.selectedBy.map(describeInstance).join(', ') || 'nobody',
    ...COMPONENTS.map((component) => upText(component, evidence)),
  ];
}

function monitoredText({decision}: Evidence, findings: readonly Finding[]): string {
  if (!decision.monitored) return `no: ${describeEnrollment(decision.reason)}`;
  return findings.some(({code}) => code === 'cannot-be-monitored') ? 'impossible' : 'yes';
}

function objectsText(
  {tcp, decision, objects: {missing, foreign, differing}}: Evidence,
  children: ClusterReading['children'],
): string {
  if (!decision.monitored || obstacle(tcp) !== undefined) return NONE;
  const wrong = [
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(foreign.length > 0 ? [`${foreign.length} foreign`] : []),
    ...(differing.length > 0 ? [`${differing.length} differ`] : []),
  ];
  const isHidden = Object.values(children).some(({state}) => state === 'forbidden');
  return wrong.join(', ') || (isHidden ? UNKNOWN : 'complete');
}

/** `UP n/n`, of the targets that there should be. */
function upText(component: Component, {tcp, prometheus, discovery}: Evidence): string {
  if (isAsleep(tcp)) return 'asleep';
  if (prometheus.state !== 'asked') return UNKNOWN;
  const targets = prometheus.components[component];
  const {up} = targets;
  const all = Math.max(countTargets(targets), discovery?.endpoints[component] ?? 0);
  return `${up === all && all > 0 ? 'UP' : 'DOWN'} ${up}/${all}`;
}

/** What is said of several in the same words is said once. */
function groups(fleet: readonly Inspected[]): readonly string[] {
  const said = fleet.flatMap(({evidence: {tcp}, findings}) =>
    findings.map((found) => ({found, name: `${tcp.namespace}/${tcp.name}`})),
  );
  const bySaying = Map.groupBy(said, ({found}) => `${found.severity} ${found.cause} ${found.cure}`);
  return [...bySaying.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const {severity, cause, cure, code, link} = first.found;
    return [
      `${SIGNS[severity]} ${someNames(group.map(({name}) => name))}: ${cause}  [${link}: ${code}]`,
      `  → ${cure}`,
    ];
  });
}

function unprovenText(fleet: readonly Inspected[]): string | undefined {
  const reasons = new Set(
    fleet.flatMap(({evidence: {tcp, decision, objects, prometheus, selection}}) =>
      decision.monitored &&
      objects.monitor !== undefined &&
      !isAsleep(tcp) &&
      prometheus.state === 'not-asked' &&
      selection?.selectedBy.length !== 0
        ? [prometheus.why]
        : [],
    ),
  );
  return reasons.size === 0 ? undefined : `Whether metrics arrive is not known: ${[...reasons].join('; ')}`;
}

function hiddenFrom({children, namespaces}: ClusterReading, fleet: readonly Inspected[]): string[] {
  const lines: string[] = [];
  if (children.ServiceMonitor.state === 'forbidden')
    lines.push('You may not list ServiceMonitors here, so whether metrics arrive is not known.');
  if (namespaces.state === 'forbidden' && fleet.some(({evidence}) => evidence.tcp.enabled === undefined))
    lines.push('You may not list Namespaces, so what their labels decide about monitoring is not known.');
  return lines;
}

function nothingFound({cluster, namespace}: StatusContext): string {
  switch (cluster.tenantControlPlanes.state) {
    case 'forbidden':
      return 'You may not list TenantControlPlanes here.';
    case 'unknown-kind':
      return 'The cluster does not know TenantControlPlanes: is this the management cluster, and is Kamaji installed?';
    case 'listed':
      return namespace === undefined
        ? 'There are no TenantControlPlanes.'
        : `There are no TenantControlPlanes in the namespace ${namespace}; -A looks into all.`;
  }
}
