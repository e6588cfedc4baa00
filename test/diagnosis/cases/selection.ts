import {
  type Change,
  CONFIG,
  component,
  each,
  MAIN,
  notAsked,
  objects,
  prometheuses,
  targets,
} from '../../support/evidence.ts';
import {prometheus, selecting} from '../../support/prometheus-object.ts';
import type {Case} from './case.ts';

const GUIDE = {release: 'kube-prometheus-stack'};
const other = selecting('other', {release: 'other'});
const paused = selecting('paused', GUIDE, {paused: true});
const elsewhere = selecting('elsewhere', GUIDE, {serviceMonitorNamespaceSelector: {matchLabels: {team: 'b'}}});
const home = selecting('home', GUIDE, {serviceMonitorNamespaceSelector: null});
const contradiction = selecting(
  'never',
  {},
  {serviceMonitorSelector: {matchExpressions: [{key: 'a', operator: 'In'}]}},
);
const nobody = prometheus('nobody', {serviceMonitorNamespaceSelector: {}});
const stranger = selecting('stranger', {release: 'main'}, {serviceAccountName: 'prometheus-k8s'});
const noTargets: Change = targets(each(component({pool: 'missing', job: 'missing'})));

function choosing(name: string) {
  return {...CONFIG, prometheus: {...CONFIG.prometheus, namespace: 'monitoring', name}};
}

export const SELECTION: readonly Case[] = [
  ['no Prometheus', [noTargets, prometheuses([], {labels: GUIDE})], ['no-prometheus']],
  [
    'a Prometheus that is chosen and not there',
    [noTargets, prometheuses([other], {labels: GUIDE, config: choosing('gone')})],
    ['chosen-prometheus-missing'],
    /no other selects ServiceMonitor kube-prometheus-stack-tcp-alpha$/,
  ],
  [
    'a Prometheus that is paused',
    [noTargets, prometheuses([paused], {labels: GUIDE})],
    ['prometheus-idle'],
    /^Prometheus monitoring\/paused would select .*, but it is paused/,
  ],
  [
    'a Prometheus that looks into other namespaces',
    [noTargets, prometheuses([elsewhere, home], {labels: GUIDE})],
    ['namespace-not-selected'],
    /^Prometheus monitoring\/elsewhere, Prometheus monitoring\/home .* asks for team=b or its own namespace$/,
  ],
  [
    'two that ask for different labels',
    [noTargets, prometheuses([MAIN, other], {labels: GUIDE})],
    ['selection-ambiguous'],
    /Prometheus monitoring\/main, Prometheus monitoring\/other$/,
  ],
  ['two that ask for different labels, one of which selects it', [prometheuses([MAIN, other])], []],
  [
    'labels of the configuration that nobody asks for',
    [
      noTargets,
      prometheuses([MAIN], {
        labels: {release: 'typo'},
        config: {...CONFIG, serviceMonitor: {...CONFIG.serviceMonitor, labels: {release: 'typo'}}},
      }),
    ],
    ['labels-not-selected'],
    /\(labels release=typo\): serviceMonitorSelector asks for release=main$/,
  ],
  [
    'a selector that nothing satisfies',
    [noTargets, prometheuses([contradiction], {labels: GUIDE})],
    ['selector-unsatisfiable'],
    /of Prometheus monitoring\/never: a in \(\)$/,
  ],
  [
    'a null selector',
    [noTargets, prometheuses([nobody], {labels: GUIDE})],
    ['selector-unsatisfiable'],
    /of Prometheus monitoring\/nobody: nothing$/,
  ],
  [
    'a ServiceAccount that is not in scrapers',
    [prometheuses([stranger])],
    ['scraper-not-listed'],
    /^Prometheus monitoring\/stranger runs as ServiceAccount monitoring\/prometheus-k8s/,
  ],
  [
    'no ServiceMonitor yet, as the controller first sees it',
    [objects({monitor: undefined}), notAsked, prometheuses([])],
    [],
  ],
];
