import {randomBytes} from 'node:crypto';
import {durationMs} from '../../src/duration.ts';
import {startInstallation} from '../../test/support/installation.ts';
import {startTenant} from '../../test/support/tenant.ts';
import {byHand, byUs} from './contenders.ts';
import {load, machine} from './machine.ts';
import type {Milestones} from './milestones.ts';
import {parseOptions} from './options.ts';
import {formatReport, report} from './report.ts';
import {type Stage, tryOut} from './trial.ts';

/** The guide's; a shorter interval shortens it. */
const SCRAPE_TIMEOUT = '10s';
const NAMESPACE = 'tenants';

const options = parseOptions(process.argv.slice(2));
const {pairs, interval} = options;
// Prometheus derives from them when it scrapes: the same names in each run would be the same luck in each run.
const run = randomBytes(2).toString('hex');
const names = Array.from({length: pairs}, (_, index) => ({
  floor: `floor-${run}-${index}`,
  ours: `ours-${run}-${index}`,
}));
const loadBefore = load();

progress('starting a management cluster, the product, prometheus-operator, Prometheus and a tenant');
const scrapeTimeout = durationMs(interval) < durationMs(SCRAPE_TIMEOUT) ? interval : SCRAPE_TIMEOUT;
const {cluster, prometheus} = await startInstallation({
  config: `serviceMonitor: {interval: ${interval}, scrapeTimeout: ${scrapeTimeout}}\n`,
  webhook: true,
});
await cluster.createNamespace(NAMESPACE);
const tenant = await startTenant(cluster, {
  name: 'tenant',
  namespace: NAMESPACE,
  aliases: names.flatMap(({floor, ours}) => [floor, ours]),
});
await tenant.bindClusterAdmins();

const stage: Stage = {api: cluster.api, prometheus, tenant, intervalMs: durationMs(interval)};
const contenders = {
  floor: byHand(cluster.api, NAMESPACE, {interval, scrapeTimeout}),
  ours: byUs(cluster.api, NAMESPACE),
};
const floor: Milestones[] = [];
const ours: Milestones[] = [];
for (const [index, name] of names.entries()) {
  progress(`pair ${index + 1} of ${pairs}`);
  floor.push(await tryOut(stage, contenders.floor, name.floor));
  ours.push(await tryOut(stage, contenders.ours, name.ours));
}
const result = report({options, machine: machine(loadBefore), floor, ours});
await cluster.stop();
process.stdout.write(options.output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : formatReport(result));
process.exit(0);

/** For people who wait; stdout is for the result. */
function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
