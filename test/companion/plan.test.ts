import jsonpatch from 'fast-json-patch';
import t from 'tap';
import {type Child, cacheChild} from '../../src/companion/cached.ts';
import {labelPatch, plan, planRemoval} from '../../src/companion/plan.ts';
import {DEFAULTS} from '../../src/config.ts';
import {kubeletClientCredential} from '../../src/credentials/kubelet-client.ts';
import {type DesiredObject, desired} from '../../src/monitoring/desired.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';

const tcp = parseTenantControlPlane(capturedTenantControlPlane('alpha-ready'));
const uid = tcp.uid ?? '';
const objects = desired(tcp, kubeletClientCredential(tcp), DEFAULTS);

/** What the API server makes of an object: more metadata, and defaults where it has some. */
function stored(object: DesiredObject, change: (live: Live) => void = () => {}): {live: Live; child: Child} {
  const live = structuredClone(object) as unknown as Live;
  Object.assign(live.metadata, {
    uid: 'u-1',
    resourceVersion: '42',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  });
  if (object.kind === 'Service')
    Object.assign(live.spec, {clusterIP: '10.0.0.7', sessionAffinity: 'None', ipFamilies: ['IPv4']});
  change(live);
  return {live, child: cacheChild(object.kind, live)};
}

interface Live {
  metadata: {
    labels: Record<string, string>;
    ownerReferences?: object[];
    deletionTimestamp?: string;
    annotations?: object;
  };
  spec: Record<string, unknown>;
  rules: {verbs: string[]}[];
  roleRef: {name: string};
  subjects: object[];
}

function find(kind: DesiredObject['kind']): DesiredObject {
  const object = objects.find((candidate) => candidate.kind === kind);
  if (object === undefined) throw new Error(kind);
  return object;
}

for (const object of objects) {
  t.test(`${object.kind}: made when it is missing`, async (t) => {
    t.strictSame(plan(object, undefined, uid), {action: 'create', object});
  });

  t.test(`${object.kind}: left alone when only the API server and other people added something`, async (t) => {
    const {child} = stored(object, ({metadata}) => {
      metadata.labels.team = 'sre';
      metadata.annotations = {note: 'x'};
    });
    t.strictSame(plan(object, child, uid), {action: 'nothing'});
  });

  t.test(`${object.kind}: a damaged label is repaired under guard of uid and resourceVersion`, async (t) => {
    const {live, child} = stored(object, ({metadata}) => {
      metadata.labels['kamaji-monitoring.io/tenant-control-plane'] = 'other';
    });
    const next = plan(object, child, uid);
    t.strictSame(next, {
      action: 'patch',
      operations: [
        {op: 'test', path: '/metadata/uid', value: 'u-1'},
        {op: 'replace', path: '/metadata/resourceVersion', value: '42'},
        {op: 'add', path: '/metadata/labels/kamaji-monitoring.io~1tenant-control-plane', value: 'alpha'},
      ],
      changes: ['/metadata/labels/kamaji-monitoring.io~1tenant-control-plane'],
    });
    if (next.action !== 'patch') return;
    const repaired: unknown = jsonpatch.applyPatch(live, next.operations, true, false).newDocument;
    t.strictSame(plan(object, cacheChild(object.kind, repaired), uid), {action: 'nothing'});
  });

  t.test(
    `${object.kind}: without our label, under another controller or of another TCP it is never touched`,
    async (t) => {
      const foreign: readonly ((live: Live) => void)[] = [
        ({metadata}) => delete metadata.labels['app.kubernetes.io/managed-by'],
        ({metadata}) => metadata.ownerReferences?.push({kind: 'X', name: 'x', uid: 'x', controller: true}),
        ({metadata}) => {
          metadata.ownerReferences = [{kind: 'TenantControlPlane', name: 'alpha', uid: 'an-earlier-one'}];
        },
      ];
      for (const change of foreign) {
        const {child} = stored(object, (live) => {
          change(live);
          live.metadata.labels['kamaji-monitoring.io/tenant-control-plane'] = 'damaged';
        });
        t.match(plan(object, child, uid), {action: 'conflict'});
        t.strictSame(planRemoval(child, uid, 'opted out'), {action: 'nothing'});
      }
    },
  );

  t.test(`${object.kind}: one without any owner that a person labelled for us is adopted, owner first`, async (t) => {
    const {child} = stored(object, ({metadata}) => {
      delete metadata.ownerReferences;
      delete metadata.labels['kamaji-monitoring.io/tenant-control-plane'];
    });
    t.match(plan(object, child, uid), {
      action: 'patch',
      changes: ['/metadata/ownerReferences', '/metadata/labels/kamaji-monitoring.io~1tenant-control-plane'],
    });
    t.strictSame(planRemoval(child, uid, 'opted out'), {action: 'nothing'}, 'until then it is not ours to remove');
  });

  t.test(`${object.kind}: one that is being deleted is waited for`, async (t) => {
    const {child} = stored(object, ({metadata}) => {
      metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
      metadata.labels['kamaji-monitoring.io/tenant-control-plane'] = 'damaged';
    });
    t.strictSame(plan(object, child, uid), {action: 'nothing'});
    t.strictSame(planRemoval(child, uid, 'opted out'), {action: 'nothing'});
  });

  t.test(`${object.kind}: removed under guard of uid and resourceVersion`, async (t) => {
    t.strictSame(planRemoval(stored(object).child, uid, 'opted out'), {
      action: 'delete',
      preconditions: {uid: 'u-1', resourceVersion: '42'},
      why: 'opted out',
    });
  });
}

const damages: readonly (readonly [
  title: string,
  kind: DesiredObject['kind'],
  damage: (live: Live) => void,
  changes: readonly string[],
])[] = [
  [
    'a key too many in the selector',
    'Service',
    ({spec}) => Object.assign(spec.selector as object, {extra: 'x'}),
    ['/spec/selector'],
  ],
  ['a port removed', 'Service', ({spec}) => (spec.ports as unknown[]).shift(), ['/spec/ports']],
  ['another type', 'Service', ({spec}) => Object.assign(spec, {type: 'NodePort'}), ['/spec/type']],
  ['a verb too many', 'Role', ({rules}) => rules[0]?.verbs.push('list'), ['/rules']],
  ['a subject too many', 'RoleBinding', ({subjects}) => subjects.push({kind: 'User', name: 'eve'}), ['/subjects']],
  ['a field that we do not write', 'ServiceMonitor', ({spec}) => Object.assign(spec, {sampleLimit: 1}), ['/spec']],
];

for (const [title, kind, damage, changes] of damages) {
  t.test(`${kind}: ${title} is repaired by writing the whole field`, async (t) => {
    const {live, child} = stored(find(kind), damage);
    const next = plan(find(kind), child, uid);
    t.match(next, {action: 'patch', changes});
    if (next.action !== 'patch') return;
    const repaired: unknown = jsonpatch.applyPatch(live, next.operations, true, false).newDocument;
    t.strictSame(plan(find(kind), cacheChild(kind, repaired), uid), {action: 'nothing'});
    if (kind === 'Service') t.match(repaired, {spec: {clusterIP: '10.0.0.7'}});
  });
}

t.test('RoleBinding: another roleRef, which nobody can change, is removed so that it is made anew', async (t) => {
  const {child} = stored(find('RoleBinding'), ({roleRef}) => {
    roleRef.name = 'cluster-admin';
  });
  t.match(plan(find('RoleBinding'), child, uid), {action: 'delete', why: '/roleRef cannot be changed'});
});

const SELECTION_LABELS = 'kamaji-monitoring.io/selection-labels';
const NUDGE = 'kamaji-monitoring.io/discovery-nudge';

/** The ServiceMonitor for which these labels were found; undefined where none were. */
function monitorWith(found: Readonly<Record<string, string>> | undefined): DesiredObject {
  const monitor = desired(tcp, kubeletClientCredential(tcp), DEFAULTS, found).find(
    ({kind}) => kind === 'ServiceMonitor',
  );
  if (monitor === undefined) throw new Error('no ServiceMonitor');
  return monitor;
}

/** What becomes of the ServiceMonitor that was made for `before` when `after` is found. */
function afterwards(
  before: Readonly<Record<string, string>> | undefined,
  after: Readonly<Record<string, string>> | undefined,
  change?: (live: Live) => void,
): {readonly labels: unknown; readonly recorded: unknown} {
  const {live, child} = stored(monitorWith(before), change);
  const next = plan(monitorWith(after), child, uid);
  const operations = next.action === 'patch' ? next.operations : [];
  const {metadata} = jsonpatch.applyPatch(live, operations, true, false).newDocument as Live;
  const kept = Object.entries(metadata.labels).filter(([key]) => !/kamaji-monitoring\.io|managed-by/.test(key));
  return {
    labels: Object.fromEntries(kept),
    recorded: new Map(Object.entries(metadata.annotations ?? {})).get(SELECTION_LABELS),
  };
}

t.test('labels that were found are recorded, replaced and removed, and nobody else’s are', async (t) => {
  t.strictSame(afterwards({release: 'a'}, {release: 'a'}), {labels: {release: 'a'}, recorded: 'release=a'});
  t.strictSame(afterwards({release: 'a', tier: 'x'}, {team: 'b'}), {labels: {team: 'b'}, recorded: 'team=b'});
  t.strictSame(afterwards({release: 'a', tier: 'x'}, {release: 'b'}), {labels: {release: 'b'}, recorded: 'release=b'});
  t.strictSame(afterwards({release: 'a'}, {}), {labels: {}, recorded: ''}, 'of one that takes everything');
  const note = (live: Live) => Object.assign(live.metadata.labels, {team: 'sre'});
  t.strictSame(afterwards({release: 'a'}, {tier: 'x'}, note), {
    labels: {team: 'sre', tier: 'x'},
    recorded: 'tier=x',
  });
});

t.test('a found label whose value a person changed is theirs once it is not wanted any more', async (t) => {
  const changed = (live: Live) => Object.assign(live.metadata.labels, {release: 'mine'});
  t.strictSame(afterwards({release: 'a'}, {team: 'b'}, changed), {
    labels: {release: 'mine', team: 'b'},
    recorded: 'team=b',
  });
  t.strictSame(afterwards({release: 'a'}, {release: 'a'}, changed), {labels: {release: 'a'}, recorded: 'release=a'});
});

t.test('labels that were not found by us stay when others are found', async (t) => {
  const guide = {release: 'kube-prometheus-stack'};
  t.strictSame(afterwards(undefined, {team: 'b'}), {labels: {...guide, team: 'b'}, recorded: 'team=b'});
  t.strictSame(afterwards(undefined, undefined), {labels: guide, recorded: undefined});
});

t.test('labels that were found go when the guide’s or the configuration’s take their place', async (t) => {
  t.strictSame(afterwards({team: 'b'}, undefined), {
    labels: {release: 'kube-prometheus-stack'},
    recorded: undefined,
  });
});

t.test('a record that somebody damaged removes nothing that is not ours', async (t) => {
  for (const record of ['', 'nonsense', ',,=,', 'team=other']) {
    const damage = (live: Live) => {
      live.metadata.labels.team = 'sre';
      live.metadata.annotations = {[SELECTION_LABELS]: record};
    };
    t.match(afterwards({release: 'a'}, {release: 'a'}, damage), {labels: {team: 'sre'}, recorded: 'release=a'}, record);
  }
});

t.test('the label that makes Prometheus look again is left alone, and no other of our prefix', async (t) => {
  const {child} = stored(find('Service'), ({metadata}) => Object.assign(metadata.labels, {[NUDGE]: 'abc'}));
  t.strictSame(plan(find('Service'), child, uid), {action: 'nothing'});
  const {child: old} = stored(find('Service'), ({metadata}) =>
    Object.assign(metadata.labels, {[NUDGE]: 'abc', 'kamaji-monitoring.io/of-an-older-version': 'x'}),
  );
  t.match(plan(find('Service'), old, uid), {changes: ['/metadata/labels/kamaji-monitoring.io~1of-an-older-version']});
});

t.test('one label is set under guard of uid and resourceVersion, on an object without labels as well', async (t) => {
  const guard = [
    {op: 'test', path: '/metadata/uid', value: 'u-1'},
    {op: 'replace', path: '/metadata/resourceVersion', value: '42'},
  ];
  const path = '/metadata/labels/kamaji-monitoring.io~1discovery-nudge';
  const {child} = stored(find('Service'));
  t.strictSame(labelPatch(child, NUDGE, 'abc'), [...guard, {op: 'add', path, value: 'abc'}]);
  t.strictSame(labelPatch({...child, labels: {}}, NUDGE, 'abc'), [
    ...guard,
    {op: 'add', path: '/metadata/labels', value: {[NUDGE]: 'abc'}},
  ]);
});
