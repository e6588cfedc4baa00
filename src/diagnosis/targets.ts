import type {ComponentTargets} from '../prometheus/targets.ts';
import type {PrometheusEvidence} from './evidence.ts';

/** How many targets of a component Prometheus has, whatever their health. */
export function countTargets({up, down, pending}: ComponentTargets): number {
  return up + down + pending;
}

/** Whether Prometheus is known to have any target of a TenantControlPlane: it was selected, accepted and discovered then. */
export function hasTargets(prometheus: PrometheusEvidence): boolean {
  return (
    prometheus.state === 'asked' &&
    Object.values(prometheus.components).some((component) => countTargets(component) > 0)
  );
}
