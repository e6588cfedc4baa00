import t from 'tap';
import {createFleet} from '../../src/companion/fleet.ts';
import {companionMetrics} from '../../src/companion/metrics.ts';
import type {Proof} from '../../src/companion/proof.ts';
import {
  ago,
  type Change,
  component,
  credential,
  down,
  each,
  NOW,
  objects,
  prometheuses,
  reconciled,
  tcp,
} from '../support/evidence.ts';
import {samples, scrape} from '../support/metrics-text.ts';

const ALPHA = 'tcp_namespace="tenants",tcp_name="alpha"';
const optedOut: Change = (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}});
const neverAsked: Proof = {run: async () => {}, reachable: () => undefined, nudges: () => 0};

function fleetOf(...changes: readonly Change[]) {
  const fleet = createFleet(() => {});
  fleet.report('tenants/alpha', reconciled(...changes));
  return fleet;
}

/** The samples of one family. */
async function of(name: string, ...changes: readonly Change[]): Promise<readonly string[]> {
  const lines = await samples(companionMetrics(fleetOf(...changes), undefined));
  return lines.filter((line) => line.startsWith(`kamaji_monitoring_${name}{`));
}

t.test('all that is told of a TenantControlPlane, with a proof', async (t) => {
  const fleet = fleetOf();
  fleet.prove(
    'tenants/alpha',
    {
      configuredAt: ago(3600),
      components: {
        ...each(component({up: 2})),
        'kube-scheduler': {...down('server returned HTTP status 403 Forbidden'), up: 1, pending: 3},
      },
    },
    NOW,
  );
  const lines = await scrape(companionMetrics(fleet, {...neverAsked, reachable: () => true, nudges: () => 4}));
  const targets = (name: string, up: number, isDown: number, pending: number) => [
    `kamaji_monitoring_tcp_targets{${ALPHA},component="${name}",health="up"} ${up}`,
    `kamaji_monitoring_tcp_targets{${ALPHA},component="${name}",health="down"} ${isDown}`,
    `kamaji_monitoring_tcp_targets{${ALPHA},component="${name}",health="pending"} ${pending}`,
  ];
  t.strictSame(
    lines.filter((line) => !line.startsWith('# HELP')),
    [
      '# TYPE kamaji_monitoring_tcp_monitored gauge',
      `kamaji_monitoring_tcp_monitored{${ALPHA}} 1`,
      '# TYPE kamaji_monitoring_tcp_problem gauge',
      `kamaji_monitoring_tcp_problem{${ALPHA},link="scrape",problem="dedicated-forbidden"} 1`,
      '# TYPE kamaji_monitoring_tcp_selected gauge',
      `kamaji_monitoring_tcp_selected{${ALPHA}} 1`,
      '# TYPE kamaji_monitoring_tcp_credential_expiration_timestamp_seconds gauge',
      `kamaji_monitoring_tcp_credential_expiration_timestamp_seconds{${ALPHA}} ${ago(-60 * 86_400).getTime() / 1000}`,
      '# TYPE kamaji_monitoring_tcp_targets gauge',
      ...targets('kube-apiserver', 2, 0, 0),
      ...targets('kube-controller-manager', 2, 0, 0),
      ...targets('kube-scheduler', 1, 1, 3),
      '# TYPE kamaji_monitoring_prometheus_reachable gauge',
      'kamaji_monitoring_prometheus_reachable 1',
      '# TYPE kamaji_monitoring_discovery_nudges_total counter',
      'kamaji_monitoring_discovery_nudges_total 4',
    ],
  );
  t.equal(new Set(lines).size, lines.length, 'no series twice');
  for (const line of lines.filter((line) => line.startsWith('# HELP'))) t.match(line, /\.$/);
});

t.test('whether it is monitored is told of every one', async (t) => {
  t.strictSame(await of('tcp_monitored'), [`kamaji_monitoring_tcp_monitored{${ALPHA}} 1`]);
  t.strictSame(await of('tcp_monitored', optedOut), [`kamaji_monitoring_tcp_monitored{${ALPHA}} 0`]);
});

t.test('a problem is 1, and one that is there twice is 1 as well', async (t) => {
  const foreign = ['Service', 'Role'].map((kind) => ({kind, name: 'x', why: 'y'}));
  t.strictSame(await of('tcp_problem', objects({foreign})), [
    `kamaji_monitoring_tcp_problem{${ALPHA},link="objects",problem="object-foreign"} 1`,
  ]);
});

t.test('what waits, informs or is well is no problem', async (t) => {
  t.strictSame(await of('tcp_problem'), []);
  t.strictSame(await of('tcp_problem', tcp({replicas: 0})), []);
  t.strictSame(await of('tcp_problem', tcp({authority: undefined}), credential({authorityChecksum: undefined})), []);
});

t.test('how many select it is not told of one that has no ServiceMonitor', async (t) => {
  t.strictSame(await of('tcp_selected', prometheuses([], {labels: {}})), [
    `kamaji_monitoring_tcp_selected{${ALPHA}} 0`,
  ]);
  t.strictSame(await of('tcp_selected', objects({monitor: undefined})), []);
  t.strictSame(await of('tcp_selected', (evidence) => ({...evidence, selection: undefined})), []);
});

t.test('a certificate that is not ours has no end that we tell', async (t) => {
  t.strictSame(await of('tcp_credential_expiration_timestamp_seconds', credential({notAfter: undefined})), []);
});

t.test('when Prometheus stops to answer its targets are gone and it is told', async (t) => {
  const fleet = fleetOf();
  fleet.prove('tenants/alpha', {configuredAt: undefined, components: each(component({up: 1}))}, NOW);
  fleet.unproven('ECONNREFUSED');
  const lines = await samples(companionMetrics(fleet, {...neverAsked, reachable: () => false}));
  t.notOk(lines.some((line) => line.includes('tcp_targets')));
  t.ok(lines.includes('kamaji_monitoring_prometheus_reachable 0'));
});

t.test(
  'before the first answer nobody knows whether Prometheus can be reached; without a URL nobody asks',
  async (t) => {
    const reachable = (line: string) => line.includes('prometheus_reachable');
    t.notOk((await samples(companionMetrics(fleetOf(), neverAsked))).some(reachable));
    const lines = await scrape(companionMetrics(fleetOf(), undefined));
    t.notOk(lines.some(reachable));
    t.notOk(lines.some((line) => line.includes('discovery_nudges')));
  },
);

t.test('of one that is gone nothing is told, and of two no series is there twice', async (t) => {
  const fleet = fleetOf();
  fleet.report('tenants/beta', reconciled(tcp({name: 'beta'})));
  const metrics = companionMetrics(fleet, neverAsked);
  const lines = await samples(metrics);
  const series = lines.map((line) => line.replace(/ \S+$/, ''));
  t.equal(new Set(series).size, series.length);
  fleet.forget('tenants/alpha');
  fleet.forget('tenants/beta');
  t.strictSame(await samples(metrics), ['kamaji_monitoring_discovery_nudges_total 0']);
});
