import {type PrometheusInstance, type PrometheusKind, parsePrometheus} from '../../src/prometheus/instance.ts';

/** A Prometheus object as we read it, in the namespace `monitoring`. */
export function prometheus(name: string, spec: object = {}, kind: PrometheusKind = 'Prometheus'): PrometheusInstance {
  return parsePrometheus(kind, {metadata: {namespace: 'monitoring', name}, spec});
}

/** One that selects ServiceMonitors of every namespace by these labels. */
export function selecting(
  name: string,
  matchLabels: Readonly<Record<string, string>>,
  spec: object = {},
): PrometheusInstance {
  return prometheus(name, {
    serviceMonitorSelector: {matchLabels},
    serviceMonitorNamespaceSelector: {},
    serviceAccountName: name,
    ...spec,
  });
}
