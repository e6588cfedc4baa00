import type {TenantControlPlane} from '../../../../src/tenant-control-plane.ts';
import {asItIs, type Cases, cluster, finds, isOk, isUnknown, type Turn} from '../../../support/check.ts';
import {cached, FORBIDDEN, listed, UNKNOWN_KIND} from '../../../support/cluster-reading.ts';
import {ALPHA, ago} from '../../../support/evidence.ts';

function tenants(...changes: readonly Partial<TenantControlPlane>[]): Turn {
  return cluster({tenantControlPlanes: listed(changes.map((change) => cached({...ALPHA, ...change})))});
}

const hidden = cluster({tenantControlPlanes: FORBIDDEN});
const unknownKind = cluster({tenantControlPlanes: UNKNOWN_KIND});
const untouched = {phase: undefined, authority: undefined};

export const KAMAJI: Cases = {
  'the cluster knows TenantControlPlanes': [
    ['it does', asItIs, isOk('v1alpha1, 1 of them')],
    ['there are none', tenants(), isOk('v1alpha1, 0 of them')],
    ['it does not', unknownKind, finds('kamaji-kinds-missing')],
    ['they may not be seen', hidden, isUnknown('you may not list TenantControlPlanes')],
  ],
  'Kamaji works on them': [
    ['it does', asItIs, isOk('each has a status')],
    ['they are too new', tenants({...untouched, createdAt: ago(120)}), isOk('none is old enough to tell')],
    ['there are none', tenants(), isOk('none is old enough to tell')],
    [
      'two have no status after more than two minutes',
      tenants({...untouched, createdAt: ago(121)}, {}, {...untouched, name: 'beta', createdAt: ago(121)}),
      finds('kamaji-silent', /has not touched tenants\/alpha, tenants\/beta in more than two minutes/),
    ],
    ['one has a CA and nothing else yet', tenants({phase: undefined}), isOk('each has a status')],
    ['they may not be seen', hidden, isUnknown('there are none to be seen')],
    ['the cluster does not know them', unknownKind, isUnknown('there are none to be seen')],
  ],
};
