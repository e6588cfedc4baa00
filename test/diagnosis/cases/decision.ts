import {type Change, tcp} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const notMonitored =
  (reason: 'annotation-invalid' | 'annotation-false' | 'policy-opt-in'): Change =>
  (evidence) => ({...evidence, decision: {monitored: false, reason}});

export const DECISION: readonly Case[] = [
  ['nothing', [], []],
  ['opted out', [notMonitored('annotation-false'), tcp({enabled: 'false'})], []],
  ['never opted in', [notMonitored('policy-opt-in')], []],
  [
    'an annotation that is neither true nor false',
    [notMonitored('annotation-invalid'), tcp({enabled: 'flase'})],
    ['annotation-invalid'],
    /is flase, neither/,
  ],
  [
    'a name that is too long for a label',
    [tcp({name: 'a'.repeat(64)})],
    ['cannot-be-monitored'],
    /is no DNS label of at most 63/,
  ],
  ['a port that is none', [tcp({port: 0})], ['cannot-be-monitored'], /its port 0/],
];
