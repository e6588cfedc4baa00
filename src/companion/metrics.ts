import {COMPONENTS} from '../monitoring/components.ts';
import type {MetricFamily, Reading} from '../telemetry/metrics.ts';
import type {Fleet, Member} from './fleet.ts';
import type {Proof} from './proof.ts';

const TCP = ['tcp_namespace', 'tcp_name'] as const;

/** What the controller tells about every TenantControlPlane, and about the proof where there is one. */
export function companionMetrics(fleet: Fleet, proof: Proof | undefined): readonly MetricFamily[] {
  const perMember = (read: (member: Member) => Iterable<Reading>) =>
    function* () {
      for (const [, member] of fleet.members()) {
        const {namespace, name} = member.evidence.tcp;
        for (const {labels, value} of read(member))
          yield {labels: {tcp_namespace: namespace, tcp_name: name, ...labels}, value};
      }
    };
  return [
    {
      type: 'gauge',
      name: 'tcp_monitored',
      help: 'Whether the TenantControlPlane is to be monitored.',
      labelNames: TCP,
      read: perMember(({evidence}) => [{labels: {}, value: Number(evidence.decision.monitored)}]),
    },
    {
      type: 'gauge',
      name: 'tcp_problem',
      help: 'Is 1 while the monitoring of a TenantControlPlane has this problem; link says where the chain is broken.',
      labelNames: [...TCP, 'link', 'problem'],
      read: perMember(({findings}) => {
        const links = new Map(
          findings.filter(({severity}) => severity === 'problem').map(({code, link}) => [code, link]),
        );
        return [...links].map(([problem, link]) => ({labels: {link, problem}, value: 1}));
      }),
    },
    {
      type: 'gauge',
      name: 'tcp_selected',
      help: 'How many Prometheus and PrometheusAgent objects select the ServiceMonitor.',
      labelNames: TCP,
      read: perMember(({evidence: {objects, selection}}) =>
        objects.monitor === undefined || selection === undefined
          ? []
          : [{labels: {}, value: selection.selectedBy.length}],
      ),
    },
    {
      type: 'gauge',
      name: 'tcp_credential_expiration_timestamp_seconds',
      help: 'When the client certificate that the controller issued ends, in seconds since 1970.',
      labelNames: TCP,
      read: perMember(({evidence: {objects}}) => {
        const {notAfter} = objects.credential;
        return notAfter === undefined ? [] : [{labels: {}, value: notAfter.getTime() / 1000}];
      }),
    },
    {
      type: 'gauge',
      name: 'tcp_targets',
      help: 'Targets of a component as Prometheus knows them. Only with prometheus.url.',
      labelNames: [...TCP, 'component', 'health'],
      read: perMember(({evidence: {prometheus}}) => {
        if (prometheus.state !== 'asked') return [];
        return COMPONENTS.flatMap((component) =>
          (['up', 'down', 'pending'] as const).map((health) => ({
            labels: {component, health},
            value: prometheus.components[component][health],
          })),
        );
      }),
    },
    ...(proof === undefined ? [] : proofMetrics(proof)),
  ];
}

function proofMetrics(proof: Proof): readonly MetricFamily[] {
  return [
    {
      type: 'gauge',
      name: 'prometheus_reachable',
      help: 'Whether Prometheus (prometheus.url) answered when it was last asked.',
      labelNames: [],
      read: () => {
        const reachable = proof.reachable();
        return reachable === undefined ? [] : [{labels: {}, value: Number(reachable)}];
      },
    },
    {
      type: 'counter',
      name: 'discovery_nudges_total',
      help: 'How often Prometheus was made to look again for a scrape pool that it lacked, since the start.',
      labelNames: [],
      read: () => [{labels: {}, value: proof.nudges()}],
    },
  ];
}
