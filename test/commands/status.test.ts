import {join} from 'node:path';
import t, {type Test} from 'tap';
import {stringify} from 'yaml';
import {status} from '../../src/commands/status.ts';
import type {JsonObject} from '../../src/json.ts';
import {runCommand} from '../support/command.ts';
import {CONFIG, NOW} from '../support/evidence.ts';
import {kubeconfig, serveCluster} from '../support/fake-api-server.ts';
import {type FakeCluster, fakeCluster} from '../support/fake-cluster.ts';
import {
  allUp,
  childrenOf,
  namespaceObject,
  operatedService,
  prometheusObject,
  tenantObject,
} from '../support/monitored-cluster.ts';

const ALPHA = tenantObject('alpha');
const BETA = tenantObject('beta', 'others');
const UP = 'UP 1/1      UP 1/1               UP 1/1';

function monitored(tenants: readonly JsonObject[] = [ALPHA, BETA]): FakeCluster {
  const cluster = fakeCluster([
    ...tenants.flatMap((tenant) => [tenant, ...childrenOf(tenant)]),
    namespaceObject('tenants'),
    namespaceObject('others'),
    prometheusObject(),
    operatedService(),
  ]);
  cluster.answer = allUp(tenants);
  return cluster;
}

function without(cluster: FakeCluster, kind: string): FakeCluster {
  cluster.objects.splice(0, cluster.objects.length, ...cluster.objects.filter((object) => object.kind !== kind));
  return cluster;
}

async function run(t: Test, cluster: FakeCluster, ...args: readonly string[]) {
  const file = await serveCluster(t, cluster);
  return runCommand(status, ['--kubeconfig', file, ...args], {now: () => NOW});
}

t.test('shows the namespace of the kubeconfig, one, or all', async (t) => {
  const shows = async (...args: readonly string[]) => {
    const {stdout} = await run(t, monitored(), ...args);
    return ['alpha', 'beta'].filter((name) => stdout.includes(`${name} `));
  };
  t.strictSame(await shows(), ['alpha']);
  t.strictSame(await shows('-n', 'others'), ['beta']);
  t.strictSame(await shows('-A'), ['alpha', 'beta']);
});

t.test('0 where nothing is wrong, also where something is told', async (t) => {
  const {code, stdout, stderr} = await run(t, monitored());
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(stdout, `tenants     alpha   yes         complete   dedicated    Prometheus monitoring/main   ${UP}\n`);
  t.match(
    stdout,
    'i tenants/alpha: Prometheus monitoring/main runs as ServiceAccount monitoring/main, which is not in',
  );
});

t.test('0 where there are none', async (t) => {
  t.match(await run(t, monitored([])), {
    code: 0,
    stdout: 'There are no TenantControlPlanes in the namespace tenants; -A looks into all.\n',
  });
});

t.test('1 where one has a problem', async (t) => {
  const {code, stdout} = await run(t, without(monitored(), 'ServiceMonitor'), '-A');
  t.equal(code, 1);
  t.match(stdout, '✖ ');
});

t.test('1 where TenantControlPlanes may not be seen, or there are no such', async (t) => {
  for (const refusal of [403, 404]) {
    const cluster = monitored();
    cluster.refused.set('tenantcontrolplanes', refusal);
    t.match(await run(t, cluster), {code: 1, stderr: ''});
  }
});

t.test('one line and 1 where the cluster cannot be reached', async (t) => {
  await t.rejects(runCommand(status, ['--kubeconfig', kubeconfig(t, 'http://127.0.0.1:1')]), {
    code: 'CLUSTER',
    exitCode: 1,
    message: /^the cluster cannot be read: GET \/\S+: ECONNREFUSED; --kubeconfig or KUBECONFIG name another cluster$/,
  });
});

t.test('2 where a URL or a configuration cannot be used', async (t) => {
  await t.rejects(run(t, monitored(), '--prometheus-url', 'x'), {code: 'USAGE', exitCode: 2});
  await t.rejects(run(t, monitored(), '--config', '/none'), {code: 'CONFIGURATION', exitCode: 2});
});

t.test('what depends on the configuration is compared with --config only', async (t) => {
  const folder = t.testdir({
    'controllers.yaml': stringify({scrapers: CONFIG.scrapers}),
    'another.yaml': 'scrapers: [{namespace: x, name: y}]',
  });
  t.match(await run(t, monitored(), '--config', join(folder, 'controllers.yaml')), {code: 0});
  t.match(await run(t, monitored()), {code: 0}, 'whose scrapers are not the defaults');
  t.match(await run(t, monitored(), '--config', join(folder, 'another.yaml')), {
    code: 1,
    stdout: /✖ tenants\/alpha: rolebinding\/prometheus-secret-access-alpha is not as it should be: \/subjects {2}\[/,
  });
});

t.test('-o json: the same for programs, with the same exit code', async (t) => {
  const healthy = await run(t, monitored(), '-A', '-o', 'json');
  t.match(JSON.parse(healthy.stdout), {items: [{name: 'alpha', notAsked: null}, {name: 'beta'}]});
  t.equal(healthy.code, 0);
  const {code, stdout} = await run(t, without(monitored(), 'ServiceMonitor'), '-o', 'json');
  t.match(JSON.parse(stdout), {items: [{name: 'alpha', findings: [{severity: 'problem'}]}]});
  t.equal(code, 1);
});
