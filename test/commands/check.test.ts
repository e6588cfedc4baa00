import t, {type Test} from 'tap';
import {check} from '../../src/commands/check.ts';
import {INSTALLATION_DIAGNOSES} from '../../src/diagnosis/installation.ts';
import {CHECKS} from '../../src/inspection/checks/all.ts';
import {CONTROLLER_RIGHTS} from '../../src/inspection/checks/controller-rights.ts';
import {healthySituation} from '../support/check.ts';
import {runCommand} from '../support/command.ts';
import {NOW} from '../support/evidence.ts';
import {kubeconfig, serveCluster} from '../support/fake-api-server.ts';
import type {FakeCluster} from '../support/fake-cluster.ts';
import {
  allUp,
  childrenOf,
  namespaceObject,
  operatedService,
  prometheusObject,
  tenantObject,
} from '../support/monitored-cluster.ts';

const ALPHA = tenantObject('alpha');

function installed(): FakeCluster {
  const cluster = healthySituation().api;
  cluster.objects.push(ALPHA, ...childrenOf(ALPHA), namespaceObject('tenants'), prometheusObject(), operatedService());
  cluster.objects.push({
    kind: 'ServiceAccount',
    metadata: {namespace: 'monitoring-system', name: 'kube-prometheus-stack-prometheus'},
  });
  cluster.answer = allUp([ALPHA]);
  return cluster;
}

async function run(t: Test, cluster: FakeCluster, ...args: readonly string[]) {
  const file = await serveCluster(t, cluster);
  return runCommand(check, ['--kubeconfig', file, ...args], {now: () => NOW});
}

t.test('one line per check, by category, and the answer last', async (t) => {
  t.strictSame(await run(t, installed()), {
    code: 0,
    stderr: '',
    stdout: `kubernetes
----------
√ the API server answers and is new enough: v1.36.3
√ admission policies are served: both kinds
√ the clocks agree: within 1 s

kamaji
------
√ the cluster knows TenantControlPlanes: v1alpha1, 1 of them
√ Kamaji works on them: each has a status

installation
------------
√ the controller is installed: ServiceAccount kamaji-monitoring-system/kamaji-monitoring-controller
√ the controller has its rights: all ${CONTROLLER_RIGHTS.length}
√ the controller may not read the cluster’s Secrets: none of them
√ the webhook is registered and cannot hurt: 2 entries

prometheus
----------
√ the cluster knows ServiceMonitors: monitoring.coreos.com/v1
√ there is a Prometheus: Prometheus monitoring/main
√ prometheus-operator writes its configuration: it has no complaint
√ every ServiceMonitor of ours is selected: 1 of them
√ it is clear which one is meant: there is no choice
√ its limits leave room for a kube-apiserver: none is in the way
√ it leaves namespaces alone: no enforcedNamespaceLabel
√ it may discover targets where there are TenantControlPlanes: in 1 namespaces
√ the scrapers of the configuration are there: monitoring-system/kube-prometheus-stack-prometheus

tenants
-------
√ no TenantControlPlane has a problem: 1 of 1 monitored
√ their metrics arrive in Prometheus: 3 of 3 targets are up

√ no problem
`,
  });
});

t.test('a problem is told with its code and its cure, and ends with 1', async (t) => {
  const cluster = installed();
  cluster.denied.add('create events');
  const {code, stdout} = await run(t, cluster);
  const {cure} = INSTALLATION_DIAGNOSES['controller-rights-missing'];
  t.equal(code, 1);
  t.match(
    stdout,
    `✖ the controller has its rights: the controller (kamaji-monitoring-system/kamaji-monitoring-controller) may not create events.events.k8s.io  [controller-rights-missing]\n  → ${cure}\n`,
  );
  t.match(stdout, `\n✖ 1 of ${CHECKS.length} checks found a problem\n`);
});

t.test('what is worth knowing and what is not known are no problem', async (t) => {
  const cluster = installed();
  cluster.objects.splice(
    cluster.objects.findIndex(({metadata}) => JSON.stringify(metadata).includes('stack-prometheus')),
  );
  cluster.refused.set('mutatingwebhookconfigurations', 403);
  const {code, stdout} = await run(t, cluster);
  t.equal(code, 0);
  t.match(
    stdout,
    '\n? the webhook is registered and cannot hurt: not known, you may not see MutatingWebhookConfigurations\n',
  );
  t.match(stdout, /\ni the scrapers of the configuration are there: .* {2}\[scraper-missing\]\n {2}→ /);
  t.match(stdout, /\n√ no problem\n$/);
});

t.test('who may see nothing is told that nothing is known, and nothing wrong', async (t) => {
  const cluster = installed();
  const plurals = cluster.objects.map(({kind}) => `${String(kind).toLowerCase()}s`);
  for (const plural of [...plurals, 'prometheuses', 'prometheusagents', 'events', 'subjectaccessreviews'])
    cluster.refused.set(plural, 403);
  const {code, stdout} = await run(t, cluster);
  t.equal(code, 0);
  const [known, unknown] = ['√', '?'].map((sign) => stdout.split('\n').filter((line) => line.startsWith(sign)));
  t.strictSame(
    known?.map((line) => line.split(':')[0]),
    [
      '√ the API server answers and is new enough',
      '√ admission policies are served',
      '√ the clocks agree',
      '√ no problem',
    ],
  );
  t.equal(unknown?.length, CHECKS.length - 3);
});

t.test('-o json: the same for programs, with the same exit code', async (t) => {
  const healthy = await run(t, installed(), '-o', 'json');
  const {checks} = JSON.parse(healthy.stdout) as {checks: readonly object[]};
  t.equal(healthy.code, 0);
  t.equal(checks.length, CHECKS.length);
  t.strictSame(checks[0], {
    category: 'kubernetes',
    title: 'the API server answers and is new enough',
    state: 'ok',
    text: 'v1.36.3',
  });
  const broken = installed();
  broken.denied.delete('get secrets');
  broken.refused.set('serviceaccounts', 403);
  const {code, stdout} = await run(t, broken, '-o', 'json');
  const {cure} = INSTALLATION_DIAGNOSES['controller-rights-excessive'];
  t.equal(code, 1);
  t.match((JSON.parse(stdout) as {checks: readonly object[]}).checks.slice(5, 8), [
    {state: 'unknown', why: 'you may not see ServiceAccounts in kamaji-monitoring-system'},
    {state: 'ok'},
    {
      state: 'found',
      findings: [{code: 'controller-rights-excessive', severity: 'problem', cause: /get secrets/, cure}],
    },
  ]);
});

t.test('one line and 1 where the cluster cannot be reached', async (t) => {
  await t.rejects(runCommand(check, ['--kubeconfig', kubeconfig(t, 'http://127.0.0.1:1')]), {
    code: 'CLUSTER',
    exitCode: 1,
  });
});
