import t from 'tap';
import {GUIDE_LABELS} from '../../src/config.ts';
import {chooseMonitorLabels, foundLabels, selectionEvidence} from '../../src/diagnosis/labels.ts';
import {ALPHA, CONFIG, MAIN} from '../support/evidence.ts';
import {selecting} from '../support/prometheus-object.ts';

const SELECTION_LABELS = 'kamaji-monitoring.io/selection-labels';
const other = selecting('other', {release: 'other'});
const circumstances = {
  tcp: ALPHA,
  config: CONFIG,
  instances: [MAIN],
  namespace: {name: 'tenants', labels: {}},
  annotations: undefined,
};

t.test('the labels are those that the cluster’s Prometheus asks for', async (t) => {
  const choice = chooseMonitorLabels(circumstances);
  t.match(choice, {source: 'found', labels: {release: 'main'}});
  t.strictSame(foundLabels(choice), {release: 'main'});
});

t.test('labels of the configuration are taken and not recorded as found', async (t) => {
  const config = {...CONFIG, serviceMonitor: {...CONFIG.serviceMonitor, labels: {team: 'sre'}}};
  const choice = chooseMonitorLabels({...circumstances, config});
  t.strictSame(choice.labels, {team: 'sre'});
  t.equal(foundLabels(choice), undefined);
});

t.test('while nothing is found, what is recorded stays, and is recorded again', async (t) => {
  for (const [recorded, labels] of [
    ['release=old,team=a', {release: 'old', team: 'a'}],
    ['', {}],
  ] as const) {
    const choice = chooseMonitorLabels({...circumstances, instances: [], annotations: {[SELECTION_LABELS]: recorded}});
    t.match(choice, {source: 'kept'});
    t.strictSame(foundLabels(choice), labels);
  }
});

t.test('while nothing is found and nothing is recorded, the guide’s are taken and not recorded', async (t) => {
  for (const annotations of [undefined, {}, {note: 'x'}]) {
    const choice = chooseMonitorLabels({...circumstances, instances: [], annotations});
    t.match(choice, {source: 'guide'});
    t.strictSame(choice.labels, GUIDE_LABELS);
    t.equal(foundLabels(choice), undefined);
  }
});

t.test('prometheus.namespace and prometheus.name of the configuration choose between several', async (t) => {
  const instances = [MAIN, other];
  t.match(chooseMonitorLabels({...circumstances, instances}), {source: 'guide', because: 'several'});
  const config = {...CONFIG, prometheus: {...CONFIG.prometheus, namespace: 'monitoring', name: 'other'}};
  t.strictSame(foundLabels(chooseMonitorLabels({...circumstances, instances, config})), {release: 'other'});
});

t.test('a selector may count on the labels that every ServiceMonitor of ours has, and not against them', async (t) => {
  const own = {
    'app.kubernetes.io/managed-by': 'kamaji-monitoring',
    'kamaji-monitoring.io/tenant-control-plane': 'alpha',
  };
  const hash = {key: 'kamaji-monitoring.io/credential-hash', operator: 'Exists'};
  const asking = (serviceMonitorSelector: object) =>
    chooseMonitorLabels({...circumstances, instances: [selecting('a', {}, {serviceMonitorSelector})]});
  t.strictSame(foundLabels(asking({matchLabels: own, matchExpressions: [hash]})), {});
  t.match(asking({matchLabels: {...own, 'app.kubernetes.io/managed-by': 'Helm'}}), {because: 'unsatisfiable'});
  t.match(asking({matchExpressions: [{...hash, operator: 'DoesNotExist'}]}), {because: 'unsatisfiable'});
});

t.test('who selects it is judged by the labels that it has', async (t) => {
  const choice = chooseMonitorLabels(circumstances);
  const evidence = (labels: Readonly<Record<string, string>>) =>
    selectionEvidence(choice, {...circumstances, instances: [MAIN, other]}, labels).selectedBy.map(({name}) => name);
  t.strictSame(evidence({release: 'main'}), ['main']);
  t.strictSame(evidence({release: 'other'}), ['other']);
  t.strictSame(evidence({}), []);
  t.strictSame(selectionEvidence(choice, circumstances, {}).scrapers, ['monitoring/main']);
});
