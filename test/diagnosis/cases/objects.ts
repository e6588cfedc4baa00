import {ago, type Change, credential, objects, tcp} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const SERVICE = {kind: 'Service', name: 'alpha-metrics'};
const MONITOR = {kind: 'ServiceMonitor', name: 'kube-prometheus-stack-tcp-alpha'};
const WHY = 'it belongs to another owner';

const withoutMonitor = objects({missing: [MONITOR], monitor: undefined});
const kamajiHasMadeNothing: readonly Change[] = [
  tcp({authority: undefined, kubeletClient: undefined, phase: 'Provisioning'}),
  credential({notAfter: undefined, authorityChecksum: undefined}),
];

export const OBJECTS: readonly Case[] = [
  ['no CRD of prometheus-operator', [objects({kindKnown: false}), withoutMonitor], ['operator-kinds-missing']],
  [
    'Kamaji has made no certificate, so there is no ServiceMonitor',
    [...kamajiHasMadeNothing, withoutMonitor],
    ['kamaji-not-done'],
    /its status: Provisioning/,
  ],
  [
    'Kamaji has not seen it',
    [...kamajiHasMadeNothing, tcp({phase: undefined}), withoutMonitor],
    ['kamaji-not-done'],
    /its status: none/,
  ],
  [
    'Kamaji has made no certificate, and the Service is missing besides',
    [...kamajiHasMadeNothing, objects({missing: [SERVICE, MONITOR], monitor: undefined})],
    ['objects-missing'],
    /^service\/alpha-metrics should/,
  ],
  [
    'the mode kubelet-client does not wait for the CA',
    [
      credential({mode: 'kubelet-client', authorityChecksum: undefined, notAfter: undefined}),
      tcp({authority: undefined}),
    ],
    [],
  ],
  [
    'the mode kubelet-client waits for that certificate',
    [credential({mode: 'kubelet-client'}), tcp({kubeletClient: undefined}), withoutMonitor],
    ['kamaji-not-done'],
  ],
  [
    'objects are missing for 59 s',
    [tcp({createdAt: ago(59)}), objects({missing: [SERVICE, MONITOR], monitor: undefined})],
    ['objects-not-yet'],
    /make service\/alpha-metrics, servicemonitor\/kube-prometheus-stack-tcp-alpha$/,
  ],
  [
    'objects are missing for a minute',
    [tcp({createdAt: ago(60)}), objects({missing: [SERVICE]})],
    ['objects-missing'],
    /^service\/alpha-metrics should be there/,
  ],
  [
    'objects are missing, and nobody knows since when',
    [tcp({createdAt: undefined}), objects({missing: [SERVICE]})],
    ['objects-missing'],
  ],
  [
    'an object of somebody else',
    [objects({foreign: [{...SERVICE, why: WHY}]})],
    ['object-foreign'],
    /^service\/alpha-metrics is in the way and is not ours: it belongs/,
  ],
  [
    'two objects of somebody else',
    [
      objects({
        foreign: [
          {...SERVICE, why: WHY},
          {...MONITOR, why: WHY},
        ],
      }),
    ],
    ['object-foreign', 'object-foreign'],
  ],
  [
    'an object of somebody else and one that is missing: the one is why the other is not made',
    [objects({foreign: [{...SERVICE, why: WHY}], missing: [MONITOR], monitor: undefined})],
    ['object-foreign'],
  ],
  [
    'an object that was changed',
    [objects({differing: [{...SERVICE, fields: ['/spec/ports', '/spec/type']}]})],
    ['object-differs'],
    /is not as it should be: \/spec\/ports, \/spec\/type$/,
  ],
  [
    'two objects that were changed',
    [
      objects({
        differing: [
          {...SERVICE, fields: ['/spec/ports']},
          {...MONITOR, fields: ['/spec']},
        ],
      }),
    ],
    ['object-differs', 'object-differs'],
  ],
];
