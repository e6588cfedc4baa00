import {all, asItIs, type Cases, cluster, finds, fleet, inspected, isOk, isUnknown} from '../../../support/check.ts';
import {FORBIDDEN, UNKNOWN_KIND} from '../../../support/cluster-reading.ts';
import {type Change, component, each, notAsked, objects, targets, tcp} from '../../../support/evidence.ts';

const optedOut: Change = (evidence) => ({...evidence, decision: {monitored: false, reason: 'annotation-false'}});
const broken = (name: string) => inspected(tcp({name, port: -1}));
const hidden = all(cluster({tenantControlPlanes: FORBIDDEN}), fleet());
const unknownKind = all(cluster({tenantControlPlanes: UNKNOWN_KIND}), fleet());
const NONE = 'there are none to be seen';

export const TENANTS: Cases = {
  'no TenantControlPlane has a problem': [
    ['none has', fleet(inspected(), inspected(optedOut)), isOk('1 of 2 monitored')],
    ['there are none', fleet(), isOk('0 of 0 monitored')],
    ['one waits', fleet(inspected(tcp({authority: undefined}))), isOk('1 of 1 monitored')],
    [
      'one has',
      fleet(inspected(), broken('beta')),
      finds('tenants-broken', /^1 of 2 TenantControlPlanes have a problem: tenants\/beta$/),
    ],
    [
      'five have',
      fleet(...['a', 'b', 'c', 'd', 'e'].map(broken)),
      finds('tenants-broken', /^5 of 5 .*: tenants\/a, tenants\/b, tenants\/c, tenants\/d, tenants\/e$/),
    ],
    [
      'seven have',
      fleet(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(broken)),
      finds('tenants-broken', /^7 of 7 .*, tenants\/e and 2 more$/),
    ],
    ['they may not be seen', hidden, isUnknown(NONE)],
    ['the cluster does not know them', unknownKind, isUnknown(NONE)],
  ],
  'their metrics arrive in Prometheus': [
    ['they do', asItIs, isOk('3 of 3 targets are up')],
    [
      'some do not',
      fleet(inspected(), inspected(targets({'kube-scheduler': component({down: 1, pending: 1})}))),
      isOk('5 of 7 targets are up'),
    ],
    ['Prometheus was not asked', fleet(inspected(notAsked)), isUnknown('a test')],
    ['it was asked about one of two', fleet(inspected(), inspected(notAsked)), isUnknown('a test')],
    [
      'it was not asked where there is nothing to scrape',
      fleet(
        inspected(notAsked, optedOut),
        inspected(notAsked, objects({monitor: undefined})),
        inspected(notAsked, tcp({replicas: 0})),
      ),
      isOk('there is nothing to scrape'),
    ],
    ['there are no targets', fleet(inspected(targets(each(component({}))))), isOk('there is nothing to scrape')],
    ['they may not be seen', hidden, isUnknown(NONE)],
  ],
};
