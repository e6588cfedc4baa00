import {isDeepStrictEqual} from 'node:util';
import {type InstallationFinding, installationFinding} from '../../diagnosis/installation.ts';
import {accountOf} from '../../diagnosis/selection.ts';
import {describeInstance, type PrometheusInstance} from '../../prometheus/instance.ts';
import {describeInstances} from '../../prometheus/selection.ts';
import type {Inspected} from '../fleet.ts';
import {find} from '../reading.ts';
import {forbiddenForDiscovery} from '../rights.ts';
import {someNames} from '../some-names.ts';
import {type Check, type CheckContext, type CheckResult, found, ok, unknown} from './check.ts';
import {SERVICE_ACCOUNTS} from './installation.ts';
import {tooLowLimits} from './limits.ts';

const HIDDEN = 'you may not list Prometheus objects';
const NO_MONITORS = 'you may not list ServiceMonitors';

export const PROMETHEUS_CHECKS: readonly Check[] = [
  {
    category: 'prometheus',
    title: 'the cluster knows ServiceMonitors',
    run({cluster: {children}}) {
      if (children.ServiceMonitor.state === 'forbidden') return unknown(NO_MONITORS);
      const isUnknown = children.ServiceMonitor.state === 'unknown-kind';
      return found(isUnknown ? [installationFinding('monitors-unknown')] : [], 'monitoring.coreos.com/v1');
    },
  },
  {
    category: 'prometheus',
    title: 'there is a Prometheus',
    run({cluster: {prometheuses, prometheusesHidden}}) {
      const active = prometheuses.filter(({idle}) => idle === undefined);
      if (active.length === 0 && prometheusesHidden) return unknown(HIDDEN);
      return found(active.length === 0 ? [installationFinding('prometheus-missing')] : [], describeInstances(active));
    },
  },
  {
    category: 'prometheus',
    title: 'prometheus-operator writes its configuration',
    run({cluster: {prometheuses, prometheusesHidden}}) {
      return foundOfAll(
        prometheuses.flatMap((instance) =>
          instance.notReconciled === undefined
            ? []
            : [
                installationFinding('prometheus-broken', {
                  prometheus: describeInstance(instance),
                  message: instance.notReconciled,
                }),
              ],
        ),
        'it has no complaint',
        prometheusesHidden ? HIDDEN : undefined,
      );
    },
  },
  {
    category: 'prometheus',
    title: 'every ServiceMonitor of ours is selected',
    run({fleet, cluster: {children}}) {
      if (children.ServiceMonitor.state === 'forbidden') return unknown(NO_MONITORS);
      const monitors = fleet.filter(({evidence}) => evidence.objects.monitor !== undefined);
      if (monitors.some(({evidence}) => evidence.selection === undefined))
        return unknown('you may not see who selects');
      const unselected = monitors.filter(({evidence}) => evidence.selection?.selectedBy.length === 0);
      const names = someNames(unselected.map(({evidence: {tcp}}) => `${tcp.namespace}/${tcp.name}`));
      const values = {count: `${unselected.length}`, all: `${monitors.length}`, names};
      return found(
        unselected.length > 0 ? [installationFinding('monitors-unselected', values)] : [],
        `${monitors.length} of them`,
      );
    },
  },
  {
    category: 'prometheus',
    title: 'it is clear which one is meant',
    run(context) {
      const {config} = context;
      if (config.serviceMonitor.labels !== undefined) return ok('by serviceMonitor.labels of the configuration');
      if (config.prometheus.name !== '') return ok('by prometheus.name of the configuration');
      const several = askDifferently(context);
      const prometheus = describeInstances(several);
      return foundOfAll(
        several.length > 1 ? [installationFinding('prometheus-several', {prometheus})] : [],
        'there is no choice',
        whySelectionIsUnknown(context),
      );
    },
  },
  {
    category: 'prometheus',
    title: 'its limits leave room for a kube-apiserver',
    run(context) {
      return foundOfAll(
        selecting(context).flatMap((instance) =>
          tooLowLimits(instance, selectedBy(context, instance)).map(({limit, needed}) =>
            installationFinding('prometheus-limit-too-low', {prometheus: describeInstance(instance), limit, needed}),
          ),
        ),
        'none is in the way',
        whySelectionIsUnknown(context),
      );
    },
  },
  {
    category: 'prometheus',
    title: 'it leaves namespaces alone',
    run(context) {
      return foundOfAll(
        selecting(context).flatMap((instance) =>
          instance.enforced.namespaceLabel === undefined
            ? []
            : [
                installationFinding('prometheus-namespace-label', {
                  prometheus: describeInstance(instance),
                  label: instance.enforced.namespaceLabel,
                }),
              ],
        ),
        'no enforcedNamespaceLabel',
        whySelectionIsUnknown(context),
      );
    },
  },
  {
    category: 'prometheus',
    title: 'it may discover targets where there are TenantControlPlanes',
    async run(context) {
      const findings: InstallationFinding[] = [];
      let pairs = 0;
      for (const instance of selecting(context)) {
        const namespaces = new Set(selectedBy(context, instance).map(({evidence}) => evidence.tcp.namespace));
        const byResources = new Map<string, string[]>();
        for (const namespace of namespaces) {
          const forbidden = await forbiddenForDiscovery(context.client, instance, namespace);
          if (forbidden === undefined) return unknown('you may not create SubjectAccessReviews');
          pairs += 1;
          const resources = forbidden.join(', ');
          if (resources !== '') byResources.set(resources, [...(byResources.get(resources) ?? []), namespace]);
        }
        const account = accountOf(instance);
        for (const [resources, where] of byResources) {
          findings.push(
            installationFinding('prometheus-may-not-discover', {
              prometheus: describeInstance(instance),
              account,
              accountPair: account.replace('/', ':'),
              resources,
              namespaces: where.join(', '),
            }),
          );
        }
      }
      return foundOfAll(
        findings,
        pairs === 0 ? 'nothing is selected yet' : `in ${pairs} namespaces`,
        whySelectionIsUnknown(context),
      );
    },
  },
  {
    category: 'prometheus',
    title: 'the scrapers of the configuration are there',
    async run({client, config}) {
      const findings: InstallationFinding[] = [];
      for (const scraper of config.scrapers) {
        const account = await find(client.getMetadata(SERVICE_ACCOUNTS, scraper));
        if (account === 'forbidden') return unknown(`you may not see ServiceAccounts in ${scraper.namespace}`);
        if (account === 'not-there') {
          findings.push(installationFinding('scraper-missing', {account: `${scraper.namespace}/${scraper.name}`}));
        }
      }
      return found(findings, config.scrapers.map(({namespace, name}) => `${namespace}/${name}`).join(', '));
    },
  },
];

/** Nothing found is ok only where nothing is hidden in which something could be. */
function foundOfAll(findings: readonly InstallationFinding[], text: string, hidden: string | undefined): CheckResult {
  return findings.length === 0 && hidden !== undefined ? unknown(hidden) : found(findings, text);
}

function whySelectionIsUnknown({cluster, fleet}: CheckContext): string | undefined {
  if (cluster.prometheusesHidden) return HIDDEN;
  const isUnknown = fleet.some(({evidence: {decision, selection}}) => decision.monitored && selection === undefined);
  return isUnknown ? 'you may not list Namespaces, by whose labels Prometheus selects' : undefined;
}

/** Those that select at least one ServiceMonitor of ours. */
function selecting(context: CheckContext): readonly PrometheusInstance[] {
  return context.cluster.prometheuses.filter((instance) => selectedBy(context, instance).length > 0);
}

/** What is monitored and selected by it. */
function selectedBy({fleet}: CheckContext, instance: PrometheusInstance): readonly Inspected[] {
  return fleet.filter(
    ({evidence: {decision, selection}}) => decision.monitored && selection?.selectedBy.includes(instance),
  );
}

/** Objects that would each want other labels on the ServiceMonitors of the same namespace. */
function askDifferently({fleet}: CheckContext): readonly PrometheusInstance[] {
  for (const {evidence} of fleet) {
    if (!evidence.decision.monitored) continue;
    const choice = evidence.selection?.choice;
    if ((choice?.source === 'kept' || choice?.source === 'guide') && choice.because === 'several') {
      const [first, ...others] = choice.candidates;
      if (others.some(({monitors}) => !isDeepStrictEqual(monitors, first?.monitors))) return choice.candidates;
    }
  }
  return [];
}
