import {describeLabelSelector, formatLabels, type LabelSelector} from '../kube/label-selector.ts';
import {describeInstance, type PrometheusInstance} from '../prometheus/instance.ts';
import {describeInstances, whyUnselected} from '../prometheus/selection.ts';
import type {Evidence, SelectionEvidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';

/** Does any Prometheus select the ServiceMonitor? */
export function diagnoseSelection(evidence: Evidence): readonly Finding[] {
  const {selection, objects} = evidence;
  if (selection === undefined || objects.monitor === undefined || selection.selectedBy.length > 0) return [];
  const {choice, instances, namespace} = selection;
  const {labels} = objects.monitor;
  if (choice.source === 'kept' || choice.source === 'guide') {
    const prometheus = describeInstances(choice.candidates);
    switch (choice.because) {
      case 'several':
        return [about('selection-ambiguous', evidence, {prometheus})];
      case 'unsatisfiable':
        return [
          about('selector-unsatisfiable', evidence, {prometheus, selector: selectors(choice.candidates, 'monitors')}),
        ];
      case 'not-there':
        return [about('chosen-prometheus-missing', evidence)];
      case 'nothing':
        break;
    }
  }
  const unselected = whyUnselected(instances, namespace, labels);
  switch (unselected.why) {
    case 'no-prometheus':
      return [about('no-prometheus', evidence)];
    case 'idle':
      return [
        about('prometheus-idle', evidence, {
          prometheus: describeInstance(unselected.instance),
          why: unselected.reason,
        }),
      ];
    case 'namespace':
      return [
        about('namespace-not-selected', evidence, {
          prometheus: describeInstances(unselected.instances),
          selector: selectors(unselected.instances, 'namespaces'),
        }),
      ];
    case 'labels':
      return [
        about('labels-not-selected', evidence, {
          prometheus: describeInstances(unselected.instances),
          labels: formatLabels(labels),
          selector: selectors(unselected.instances, 'monitors'),
        }),
      ];
  }
}

/** A Prometheus whose ServiceAccount was given no right on the credential: nothing that must be mended. */
export function informAboutScrapers(evidence: Evidence): readonly Finding[] {
  return (evidence.selection?.selectedBy ?? [])
    .filter((instance) => !isScraper(instance, evidence.selection))
    .map((instance) =>
      about('scraper-not-listed', evidence, {prometheus: describeInstance(instance), account: accountOf(instance)}),
    );
}

export function accountOf({namespace, serviceAccount}: PrometheusInstance): string {
  return `${namespace}/${serviceAccount}`;
}

function isScraper(instance: PrometheusInstance, selection: SelectionEvidence | undefined): boolean {
  return selection?.scrapers.includes(accountOf(instance)) === true;
}

function selectors(instances: readonly PrometheusInstance[], of: 'monitors' | 'namespaces'): string {
  const describe = (selector: LabelSelector | undefined) =>
    selector === undefined ? (of === 'monitors' ? 'nothing' : 'its own namespace') : describeLabelSelector(selector);
  return [...new Set(instances.map((instance) => describe(instance[of])))].join(' or ');
}
