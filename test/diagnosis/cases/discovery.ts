import {ago, component, discovery, each, MAIN, notAsked, targets, tcp} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const wedged = each(component({pool: 'missing', job: 'there'}));
const noTargets = each(component({pool: 'there', job: 'there'}));
const noEndpoints = discovery({endpoints: each(0)});
const forbidden = discovery({forbidden: {instance: MAIN, resources: ['endpoints', 'pods']}});
const well = component({up: 1, pool: 'there', job: 'there'});

export const DISCOVERY: readonly Case[] = [
  [
    'Prometheus may not list what it must',
    [forbidden, targets(noTargets)],
    ['discovery-forbidden'],
    /^the ServiceAccount monitoring\/main of Prometheus monitoring\/main may not list endpoints, pods in the namespace tenants/,
  ],
  ['Prometheus may not list, and was not asked', [forbidden, notAsked], ['discovery-forbidden']],
  ['Prometheus may not list, and has targets all the same', [forbidden], []],
  ['no pod', [noEndpoints, targets(noTargets)], ['no-endpoints'], /Service alpha-metrics .*its status: Ready\)$/],
  ['no pod, and Prometheus was not asked', [noEndpoints, notAsked], ['no-endpoints']],
  [
    'no pod, and the tenant is 299 s old',
    [noEndpoints, targets(noTargets), tcp({phase: 'Provisioning', createdAt: ago(299)})],
    ['not-running-yet'],
    /its status: Provisioning\)$/,
  ],
  [
    'no pod, and the tenant is five minutes old',
    [noEndpoints, targets(noTargets), tcp({phase: 'Provisioning', createdAt: ago(300)})],
    ['no-endpoints'],
  ],
  ['no pod, and Kamaji says Ready', [noEndpoints, targets(noTargets), tcp({createdAt: ago(10)})], ['no-endpoints']],
  ['a job without a pool', [targets(wedged)], ['scrape-pool-missing']],
  [
    'one job without a pool',
    [targets({'kube-apiserver': well, 'kube-scheduler': component({pool: 'missing', job: 'there'})})],
    ['scrape-pool-missing'],
  ],
  ['a job without a pool, 14 s after the configuration was read', [targets(wedged, ago(14))], ['not-yet-discovered']],
  ['a job without a pool, 15 s after', [targets(wedged, ago(15))], ['scrape-pool-missing']],
  [
    'a job without a pool, and nobody knows when the configuration was read',
    [(evidence) => ({...evidence, prometheus: {state: 'asked', configuredAt: undefined, components: wedged}})],
    ['scrape-pool-missing'],
  ],
  [
    'pools without targets',
    [targets(noTargets)],
    ['targets-missing'],
    /kube-apiserver, kube-controller-manager, kube-scheduler$/,
  ],
  [
    'pools without targets, 14 s after the configuration was read',
    [targets(noTargets, ago(14))],
    ['not-yet-discovered'],
  ],
  [
    'fewer targets than endpoints',
    [discovery({endpoints: each(2)}), targets({'kube-scheduler': well})],
    ['targets-missing'],
    /: kube-scheduler$/,
  ],
  [
    'fewer targets than replicas, and the endpoints are not known',
    [(evidence) => ({...evidence, discovery: undefined}), targets({'kube-scheduler': well})],
    [],
  ],
  [
    'no target, and the endpoints are not known',
    [
      (evidence) => ({...evidence, discovery: undefined}),
      targets({'kube-scheduler': component({pool: 'there', job: 'there'})}),
    ],
    ['targets-missing'],
    /: kube-scheduler$/,
  ],
  ['it is asleep', [tcp({replicas: 0, phase: 'Sleeping'}), targets(each(component({}))), noEndpoints], ['asleep']],
  ['it falls asleep, and Kamaji has not seen it', [tcp({replicas: 0})], ['asleep']],
  ['it wakes up, and Kamaji has not seen it', [tcp({phase: 'Sleeping'}), targets(noTargets), noEndpoints], ['asleep']],
];
