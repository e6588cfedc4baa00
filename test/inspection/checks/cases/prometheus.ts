import type {PrometheusInstance} from '../../../../src/prometheus/instance.ts';
import {
  all,
  api,
  asItIs,
  type Cases,
  cluster,
  config,
  finds,
  fleet,
  inspected,
  isOk,
  isUnknown,
  type Turn,
} from '../../../support/check.ts';
import {FORBIDDEN, reading, UNKNOWN_KIND} from '../../../support/cluster-reading.ts';
import {type Change, CONFIG, MAIN, objects, prometheuses, tcp} from '../../../support/evidence.ts';
import {prometheus, selecting} from '../../../support/prometheus-object.ts';

const NO_PROMETHEUS = 'you may not list Prometheus objects';
const NO_NAMESPACES = 'you may not list Namespaces, by whose labels Prometheus selects';
const NO_REVIEWS = 'you may not create SubjectAccessReviews';
const optedOut: Change = (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}});
const unselected: Change = (evidence) => ({...evidence, selection: undefined});
const hidden = all(cluster({prometheuses: [], prometheusesHidden: true}), fleet(inspected(unselected)));

/** The cluster has these, and they select the ServiceMonitor of every TenantControlPlane given, or of one. */
function has(instances: readonly PrometheusInstance[], ...tenants: readonly (readonly Change[])[]): Turn {
  const members = tenants.length === 0 ? [[]] : tenants;
  return all(
    cluster({prometheuses: instances}),
    fleet(...members.map((changes) => inspected(prometheuses(instances), ...changes))),
  );
}

function children(kind: object): Turn {
  return cluster({children: {...reading().children, ...kind}});
}

const limited = selecting('main', {release: 'main'}, {enforcedSampleLimit: 10, enforcedLabelLimit: 5});
const labelling = selecting('main', {release: 'main'}, {enforcedNamespaceLabel: 'ns'});
const other = selecting('other', {team: 'b'});
const paused = prometheus('main', {paused: true});
const broken = {...MAIN, notReconciled: 'secret "extra" not found'};
const ambiguous = has([MAIN, other]);

export const PROMETHEUS: Cases = {
  'the cluster knows ServiceMonitors': [
    ['it does', asItIs, isOk('monitoring.coreos.com/v1')],
    ['it does not', children({ServiceMonitor: UNKNOWN_KIND}), finds('monitors-unknown')],
    ['they may not be seen', children({ServiceMonitor: FORBIDDEN}), isUnknown('you may not list ServiceMonitors')],
  ],
  'there is a Prometheus': [
    ['there is', asItIs, isOk('Prometheus monitoring/main')],
    [
      'there are two kinds',
      has([MAIN, {...MAIN, kind: 'PrometheusAgent'}]),
      isOk('Prometheus monitoring/main, PrometheusAgent monitoring/main'),
    ],
    ['there is none', cluster({prometheuses: []}), finds('prometheus-missing')],
    ['there is one that is paused', cluster({prometheuses: [paused]}), finds('prometheus-missing')],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
    ['another kind may not be seen', cluster({prometheusesHidden: true}), isOk('Prometheus monitoring/main')],
  ],
  'prometheus-operator writes its configuration': [
    ['it does', asItIs, isOk('it has no complaint')],
    [
      'it cannot',
      cluster({prometheuses: [MAIN, broken]}),
      finds('prometheus-broken', /configuration of Prometheus monitoring\/main: secret "extra" not found$/),
    ],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
    [
      'another kind may not be seen',
      cluster({prometheuses: [broken], prometheusesHidden: true}),
      finds('prometheus-broken'),
    ],
  ],
  'every ServiceMonitor of ours is selected': [
    ['it is', asItIs, isOk('1 of them')],
    [
      'one of two is not',
      fleet(inspected(), inspected(prometheuses([other]), tcp({name: 'beta'}))),
      finds('monitors-unselected', /nobody selects 1 of 2 ServiceMonitors: tenants\/beta$/),
    ],
    [
      'ServiceMonitors may not be seen',
      children({ServiceMonitor: FORBIDDEN}),
      isUnknown('you may not list ServiceMonitors'),
    ],
    ['there is none yet', fleet(inspected(objects({monitor: undefined}))), isOk('0 of them')],
    ['they may not be seen', hidden, isUnknown('you may not see who selects')],
  ],
  'it is clear which one is meant': [
    ['there is one', asItIs, isOk('there is no choice')],
    ['two ask for the same', has([MAIN, selecting('other', {release: 'main'})]), isOk('there is no choice')],
    [
      'two ask for different labels',
      ambiguous,
      finds('prometheus-several', /different labels: Prometheus monitoring\/main, Prometheus monitoring\/other$/),
    ],
    [
      'one of three asks for different labels',
      has([MAIN, selecting('same', {release: 'main'}), other]),
      finds('prometheus-several', /main, Prometheus monitoring\/same, Prometheus monitoring\/other$/),
    ],
    ['they do where nothing is monitored', has([MAIN, other], [optedOut]), isOk('there is no choice')],
    [
      'the labels are configured',
      all(ambiguous, config({serviceMonitor: {...CONFIG.serviceMonitor, labels: {a: 'b'}}})),
      isOk('by serviceMonitor.labels of the configuration'),
    ],
    [
      'one is chosen',
      all(ambiguous, config({prometheus: {...CONFIG.prometheus, namespace: 'monitoring', name: 'main'}})),
      isOk('by prometheus.name of the configuration'),
    ],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
  ],
  'its limits leave room for a kube-apiserver': [
    ['they do', asItIs, isOk('none is in the way')],
    [
      'two do not',
      has([limited]),
      finds(
        'prometheus-limit-too-low',
        /^Prometheus monitoring\/main enforces enforcedSampleLimit: 10, .* needs 15,000 samples$/,
        /enforcedLabelLimit: 5, .* needs 17 labels$/,
      ),
    ],
    [
      'they are of one that selects nothing of ours',
      cluster({prometheuses: [MAIN, limited]}),
      isOk('none is in the way'),
    ],
    ['nothing is monitored', has([limited], [optedOut]), isOk('none is in the way')],
    [
      'a tenant has more replicas than targets are allowed',
      has([selecting('main', {release: 'main'}, {enforcedTargetLimit: 2})], [tcp({replicas: 3})], []),
      finds('prometheus-limit-too-low', /enforcedTargetLimit: 2, .* needs 3 targets$/),
    ],
    [
      'a tenant that is not monitored has more',
      has([selecting('main', {release: 'main'}, {enforcedTargetLimit: 2})], [tcp({replicas: 3}), optedOut], []),
      isOk('none is in the way'),
    ],
    ['one is not monitored', fleet(inspected(), inspected(optedOut, unselected)), isOk('none is in the way')],
    ['nobody knows which selects', fleet(inspected(unselected)), isUnknown(NO_NAMESPACES)],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
  ],
  'it leaves namespaces alone': [
    ['it does', asItIs, isOk('no enforcedNamespaceLabel')],
    [
      'it does not',
      has([labelling]),
      finds('prometheus-namespace-label', /^Prometheus monitoring\/main puts the label ns on everything/),
    ],
    [
      'one that selects nothing of ours does not',
      cluster({prometheuses: [MAIN, labelling]}),
      isOk('no enforcedNamespaceLabel'),
    ],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
  ],
  'it may discover targets where there are TenantControlPlanes': [
    ['it may', has([MAIN], [], [tcp({namespace: 'others'})], [tcp({name: 'beta'})]), isOk('in 2 namespaces')],
    [
      'it may not',
      all(
        has([MAIN], [], [tcp({namespace: 'others'})]),
        api(({denied}) => denied.add('watch pods')),
      ),
      finds(
        'prometheus-may-not-discover',
        /ServiceAccount monitoring\/main of .* may not list pods in tenants, others,/,
      ),
    ],
    [
      'it may not where nothing is monitored',
      all(
        has([MAIN], [optedOut]),
        api(({denied}) => denied.add('watch pods')),
      ),
      isOk('nothing is selected yet'),
    ],
    ['nobody may ask', api(({refused}) => refused.set('subjectaccessreviews', 403)), isUnknown(NO_REVIEWS)],
    ['there is no TenantControlPlane', fleet(), isOk('nothing is selected yet')],
    ['they may not be seen', hidden, isUnknown(NO_PROMETHEUS)],
  ],
  'the scrapers of the configuration are there': [
    ['they are', asItIs, isOk('monitoring/main')],
    [
      'one is not',
      config({scrapers: [...CONFIG.scrapers, {namespace: 'monitoring', name: 'other'}]}),
      finds('scraper-missing', /the ServiceAccount monitoring\/other, which/),
    ],
    [
      'that may not be seen',
      api(({refused}) => refused.set('serviceaccounts', 403)),
      isUnknown('you may not see ServiceAccounts in monitoring'),
    ],
  ],
};
