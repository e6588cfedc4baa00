import type {Config} from '../config.ts';
import {GUIDE_LABELS} from '../config.ts';
import {type Labels, parseLabels} from '../kube/label-selector.ts';
import {metadata} from '../monitoring/metadata.ts';
import {CREDENTIAL_HASH_LABEL, SELECTION_LABELS} from '../names.ts';
import type {PrometheusInstance} from '../prometheus/instance.ts';
import {chooseLabels, type LabelChoice, type SelectionNamespace, selectingInstances} from '../prometheus/selection.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {SelectionEvidence} from './evidence.ts';

export interface LabelCircumstances {
  readonly tcp: TenantControlPlane;
  readonly config: Config;
  readonly instances: readonly PrometheusInstance[];
  readonly namespace: SelectionNamespace;
  /** Of the ServiceMonitor that is there. */
  readonly annotations: Labels | undefined;
}

/** Which labels the ServiceMonitor of a TenantControlPlane gets. */
export function chooseMonitorLabels({tcp, config, instances, namespace, annotations}: LabelCircumstances): LabelChoice {
  const {prometheus, serviceMonitor} = config;
  const recorded = annotations?.[SELECTION_LABELS];
  return chooseLabels({
    instances,
    namespace,
    configured: serviceMonitor.labels,
    preferred: prometheus.name === '' ? undefined : prometheus,
    current: recorded === undefined ? undefined : parseLabels(recorded),
    fallback: GUIDE_LABELS,
    fixed: {...metadata(tcp, '').labels, [CREDENTIAL_HASH_LABEL]: ''},
  });
}

/** The labels to write down as found; undefined where they are the configuration's or the guide's. */
export function foundLabels({source, labels}: LabelChoice): Labels | undefined {
  return source === 'found' || source === 'kept' ? labels : undefined;
}

/** Who selects a ServiceMonitor with these labels. */
export function selectionEvidence(
  choice: LabelChoice,
  {config, instances, namespace}: Pick<LabelCircumstances, 'config' | 'instances' | 'namespace'>,
  labels: Labels,
): SelectionEvidence {
  return {
    choice,
    instances,
    namespace,
    selectedBy: selectingInstances(instances, namespace, labels),
    scrapers: config.scrapers.map((scraper) => `${scraper.namespace}/${scraper.name}`),
  };
}
