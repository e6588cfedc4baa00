import {table} from '../../src/commands/table.ts';
import type {Machine} from './machine.ts';
import {MILESTONES, type Milestone, type Milestones} from './milestones.ts';
import type {Options} from './options.ts';
import {type Spread, spread} from './statistics.ts';

type Spreads = Readonly<Record<Milestone, Spread>>;

export interface Measured {
  readonly options: Options;
  readonly machine: Machine;
  readonly floor: readonly Milestones[];
  readonly ours: readonly Milestones[];
}

/** What `-o json` prints; milliseconds since the certificate was ready. */
export interface Report {
  readonly pairs: number;
  readonly interval: string;
  readonly machine: Machine;
  readonly floor: Spreads;
  readonly ours: Spreads;
  /** Of the medians, ours to the floor's. */
  readonly ratios: Readonly<Record<Milestone, number>>;
  /** From the list of targets to `up == 1`, of both ways together: a hash of the target decides it, unless its first scrape fails. */
  readonly scrapeLuck: Spread;
  readonly targets: readonly Target[];
}

interface Target {
  readonly name: string;
  readonly limit: number;
  readonly measured: number;
  readonly met: boolean;
}

const TITLES: Readonly<Record<Milestone, string>> = {
  objects: 'objects complete',
  configured: 'in the configuration',
  discovered: 'targets listed',
  up: 'up == 1',
};
const OBJECTS_LIMIT_MS = 1000;
const RATIO_LIMIT = 1.1;

export function report({options: {pairs, interval}, machine, floor, ours}: Measured): Report {
  const [floors, own] = [spreads(floor), spreads(ours)];
  const ratios = perMilestone((milestone) => own[milestone].median / floors[milestone].median);
  const scrapeLuck = spread([...floor, ...ours].map(({discovered, up}) => Math.round(up - discovered)));
  const sameLuck = (own.discovered.median + scrapeLuck.median) / (floors.discovered.median + scrapeLuck.median);
  return {
    pairs,
    interval,
    machine,
    floor: floors,
    ours: own,
    ratios,
    scrapeLuck,
    targets: [
      target('ours: objects complete, at most, in ms', OBJECTS_LIMIT_MS, own.objects.max),
      target('ours to the floor: up == 1, ratio of the medians', RATIO_LIMIT, ratios.up),
      target('the same, both with the median of all scrapes’ luck', RATIO_LIMIT, sameLuck),
    ],
  };
}

export function formatReport({pairs, interval, machine, floor, ours, ratios, scrapeLuck, targets}: Report): string {
  const {date, cores, cpu, memoryGiB, load} = machine;
  const seconds = ({min, median, max}: Spread) => [min, median, max].map((ms) => (ms / 1000).toFixed(2)).join(' / ');
  const rows = MILESTONES.map((milestone) => [
    TITLES[milestone],
    seconds(floor[milestone]),
    seconds(ours[milestone]),
    ratios[milestone].toFixed(2),
    `${Math.round(ours[milestone].median - floor[milestone].median)} ms`,
  ]);
  const verdicts = targets.map(({name, limit, measured, met}) => [
    met ? 'met' : 'MISSED',
    name,
    measured.toFixed(2),
    `target ${limit}`,
  ]);
  return [
    `${date}, ${cores} × ${cpu}, ${memoryGiB} GiB, load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`,
    `${pairs} pairs, scraped every ${interval}; seconds since the certificate was ready, min / median / max`,
    '',
    ...table([['', 'floor', 'ours', 'ratio of medians', 'difference of medians'], ...rows]),
    `from the list to up == 1, floor and ours together: ${seconds(scrapeLuck)}; clearly more than the interval: a first scrape failed`,
    '',
    ...table(verdicts),
    '',
  ].join('\n');
}

function target(name: string, limit: number, measured: number): Target {
  return {name, limit, measured, met: measured <= limit};
}

function spreads(all: readonly Milestones[]): Spreads {
  return perMilestone((milestone) => spread(all.map((milestones) => Math.round(milestones[milestone]))));
}

function perMilestone<T>(value: (milestone: Milestone) => T): Readonly<Record<Milestone, T>> {
  return {
    objects: value('objects'),
    configured: value('configured'),
    discovered: value('discovered'),
    up: value('up'),
  };
}
