import {dig, stringAt} from '../../src/json.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import type {Prometheus} from '../../test/support/prometheus.ts';
import {waitFor} from '../../test/support/wait.ts';

/** What is reached on the way, in this order. */
export const MILESTONES = ['objects', 'configured', 'discovered', 'up'] as const;
export type Milestone = (typeof MILESTONES)[number];

/** Milliseconds since the certificate was ready. */
export type Milestones = Readonly<Record<Milestone, number>>;

const POLL_MS = 50;
const TIMEOUT_MS = 60_000;

/** Starts the clock, and stops it at each milestone as Prometheus itself tells of it. `objects` ends when they are all there. */
export async function reachMilestones(
  prometheus: Prometheus,
  name: string,
  intervalMs: number,
  objects: () => Promise<void>,
): Promise<Milestones> {
  const startedAt = performance.now();
  const reached = async (what: Promise<unknown>): Promise<number> => {
    await what;
    return performance.now() - startedAt;
  };
  const wait = (what: string, probe: () => Promise<boolean>) =>
    waitFor(`${what} of ${name}`, probe, {everyMs: POLL_MS, timeoutMs: TIMEOUT_MS + 2 * intervalMs});
  return {
    objects: await reached(objects()),
    configured: await reached(
      wait('the scrape jobs', async () => (await configuration(prometheus)).includes(`-tcp-${name}/`)),
    ),
    discovered: await reached(
      wait('the targets', async () => (await countTargets(prometheus, name)) === COMPONENTS.length),
    ),
    up: await reached(wait('up == 1', async () => (await countUp(prometheus, name)) === COMPONENTS.length)),
  };
}

/** How many targets of a TenantControlPlane Prometheus lists. */
export async function countTargets(prometheus: Prometheus, name: string): Promise<number> {
  const targets = await prometheus.targets();
  return targets.filter((target) => stringAt(target, 'labels', 'cluster') === name).length;
}

async function countUp(prometheus: Prometheus, name: string): Promise<number> {
  return (await prometheus.query(`up{cluster="${name}"} == 1`)).length;
}

/** The configuration that Prometheus runs with. */
async function configuration({url}: Prometheus): Promise<string> {
  const answer: unknown = await (await fetch(`${url}/api/v1/status/config`)).json();
  return String(dig(answer, 'data', 'yaml'));
}
