import t from 'tap';
import {createPrometheusApi, PrometheusError, type Transport} from '../../src/prometheus/api.ts';
import {recorded} from '../support/recorded-prometheus.ts';

const POOL = 'serviceMonitor/tenants/kube-prometheus-stack-tcp-alpha';
const transport = recorded('one-pool-missing');
const prometheus = createPrometheusApi(transport);
const agent = createPrometheusApi(recorded('agent'));

/** An answer that is made up. */
function answering(status: number, body: unknown): ReturnType<typeof createPrometheusApi> {
  return createPrometheusApi(async () => ({status, text: typeof body === 'string' ? body : JSON.stringify(body)}));
}

t.test('a query gives samples with their labels, values as numbers', async (t) => {
  const labels = {namespace: 'tenants', service: 'alpha-metrics'};
  t.strictSame(await prometheus.query('sum by (namespace, service, endpoint) (up)'), [
    {labels: {...labels, endpoint: 'kube-apiserver-metrics'}, value: 1},
    {labels: {...labels, endpoint: 'kube-controller-manager-metrics'}, value: 0},
  ]);
});

t.test('a job stands in the configuration although its certificate made Prometheus pass the pool over', async (t) => {
  t.strictSame([...(await prometheus.jobs())], [`${POOL}/0`, `${POOL}/1`, `${POOL}/2`]);
  t.strictSame([...(await prometheus.scrapePools())], [`${POOL}/0`, `${POOL}/1`]);
  t.strictSame(await prometheus.targets(`${POOL}/2`), []);
});

t.test('the targets of one pool, with their last errors', async (t) => {
  const targets = [
    {instance: '127.0.0.1:22452', pod: 'alpha-0', health: 'unknown', lastError: ''},
    {
      instance: '127.0.0.1:22999',
      pod: 'alpha-0',
      health: 'down',
      lastError: 'Get "https://127.0.0.1:22999/metrics": dial tcp 127.0.0.1:22999: connect: connection refused',
    },
  ];
  t.strictSame(await prometheus.targets(`${POOL}/1`), targets);
  const old: Transport = (path) => transport(path.replace(/&scrapePool=.*/, ''));
  t.strictSame(
    await createPrometheusApi(old).targets(`${POOL}/1`),
    targets,
    'also from one that does not know the parameter and gives those of all pools',
  );
});

t.test('when it last read its configuration', async (t) => {
  t.match((await prometheus.configuredAt())?.toISOString(), /^2026-11-25T01:\d\d:\d\d\.000Z$/);
  t.equal(await answering(200, {status: 'success', data: {lastConfigTime: '-'}}).configuredAt(), undefined);
});

t.test('what it refuses is an error with its own words, and without the query', async (t) => {
  await t.rejects(prometheus.query('up{'), {
    name: 'PrometheusError',
    code: 'refused',
    message: '/api/v1/query: 400 invalid parameter "query": 1:4: parse error: unexpected end of input inside braces',
  });
});

t.test('an agent answers no query, but knows its pools', async (t) => {
  await t.rejects(agent.query('up'), {
    code: 'unsupported',
    message: '/api/v1/query: 422 unavailable with Prometheus Agent',
  });
  t.strictSame([...(await agent.scrapePools())], []);
});

t.test('what has no such endpoint cannot be asked; every other answer that is none is a refusal', async (t) => {
  const page = '<html>Bad Gateway</html>';
  const rows: readonly (readonly [status: number, body: unknown, code: PrometheusError['code'], message: string])[] = [
    [404, '404 page not found\n', 'unsupported', '404 404 page not found'],
    [502, page.padEnd(200), 'refused', `502 ${page}`],
    [200, page, 'refused', `200 ${page}`],
    [200, {status: 'error', error: 'timed out'}, 'refused', '200 timed out'],
    [200, '', 'refused', '200 '],
    [503, {status: 'error', error: 'the server is not ready'}, 'refused', '503 the server is not ready'],
    [500, 'x'.repeat(1000), 'refused', `500 ${'x'.repeat(100)}`],
  ];
  for (const [status, body, code, message] of rows) {
    const error = await answering(status, body)
      .scrapePools()
      .catch((reason: unknown) => reason);
    t.ok(error instanceof PrometheusError);
    t.match(error, {code});
    t.equal((error as Error).message, `/api/v1/scrape_pools: ${message}`);
  }
});

t.test('an answer of another shape gives nothing, never something made up', async (t) => {
  for (const data of [undefined, null, [], 'x', {result: 'x', activeTargets: {}, scrapePools: 1, yaml: 1}]) {
    const api = answering(200, {status: 'success', data});
    t.strictSame(await api.query('up'), []);
    t.strictSame(await api.targets('p'), []);
    t.equal((await api.scrapePools()).size, 0);
    t.equal((await api.jobs()).size, 0);
    t.equal(await api.configuredAt(), undefined);
  }
  const targets = await answering(200, {
    status: 'success',
    data: {activeTargets: [null, {scrapePool: 'p'}, {scrapePool: 'p', labels: 1, health: 'odd', lastError: 1}]},
  }).targets('p');
  const empty = {instance: '', pod: undefined, health: 'unknown', lastError: ''};
  t.strictSame(targets, [empty, empty]);
});

t.test('names are put into paths so that nothing can be added to them', async (t) => {
  const asked: string[] = [];
  const api = createPrometheusApi(async (path) => {
    asked.push(path);
    return {status: 200, text: '{"status":"success","data":{}}'};
  });
  await api.query('up{a="b"} & c');
  await api.targets('serviceMonitor/a/b/0&state=any');
  t.strictSame(asked, [
    '/api/v1/query?query=up%7Ba%3D%22b%22%7D%20%26%20c',
    '/api/v1/targets?state=active&scrapePool=serviceMonitor%2Fa%2Fb%2F0%26state%3Dany',
  ]);
});
