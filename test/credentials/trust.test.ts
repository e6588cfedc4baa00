import t from 'tap';
import {distrustOfAuthority, isOurSecret} from '../../src/credentials/trust.ts';
import {clientSecret} from '../../src/monitoring/client-secret.ts';
import {ALPHA} from '../support/evidence.ts';

const CHECKSUM = 'kamaji.clastix.io/checksum';
const uid = ALPHA.uid ?? '';
const EXPECTED = {secretName: 'alpha-ca', uid, checksum: 'c0ffee'};

const owner = (of: string, controller?: boolean) => ({
  apiVersion: 'kamaji.clastix.io/v1alpha1',
  kind: 'TenantControlPlane',
  name: 'alpha',
  uid: of,
  ...(controller !== undefined && {controller}),
});
const authority = (owners: unknown, annotations: unknown = {[CHECKSUM]: 'c0ffee'}) => ({
  metadata: {name: 'alpha-ca', annotations, ownerReferences: owners},
});

t.test('the CA is the Secret that the TenantControlPlane controls and its status speaks of', async (t) => {
  t.equal(distrustOfAuthority(authority([owner(uid, true)]), EXPECTED), undefined);
  t.equal(distrustOfAuthority(authority([owner('other', false), owner(uid, true)]), EXPECTED), undefined);
});

const strangers: readonly (readonly [title: string, owners: unknown])[] = [
  ['that nobody owns', undefined],
  ['with an empty list of owners', []],
  ['of another TenantControlPlane', [owner('other', true)]],
  ['of one that had the same name', [owner('uid-before', true)]],
  ['that the TenantControlPlane owns and does not control', [owner(uid)]],
  ['that says so of itself with a controller that is no boolean', [{...owner(uid), controller: 'true'}]],
  ['that somebody else controls', [owner(uid), owner('other', true)]],
  ['whose owners are no list', owner(uid, true)],
];
for (const [title, owners] of strangers) {
  t.test(`no CA is a Secret ${title}`, async (t) => {
    t.equal(
      distrustOfAuthority(authority(owners), EXPECTED),
      'the CA Secret alpha-ca does not belong to this TenantControlPlane',
    );
  });
}

t.test('no CA is a Secret without the checksum of the status', async (t) => {
  for (const annotations of [undefined, {}, {[CHECKSUM]: 'another'}, {[CHECKSUM]: ''}]) {
    t.equal(
      distrustOfAuthority({metadata: {ownerReferences: [owner(uid, true)], annotations}}, EXPECTED),
      'the CA Secret alpha-ca is not the one that the status speaks of',
    );
  }
});

t.test('a status without a checksum trusts no Secret without one', async (t) => {
  t.match(distrustOfAuthority(authority([owner(uid, true)], {}), {...EXPECTED, checksum: ''}), /is not the one/);
});

t.test('a TenantControlPlane without a uid, such as a manifest, has no CA', async (t) => {
  const manifest = {...EXPECTED, uid: undefined};
  for (const owners of [undefined, [], [owner(uid)], [{...owner(uid, true), uid: undefined}]]) {
    t.match(distrustOfAuthority(authority(owners), manifest), /does not belong/);
  }
});

const ours = clientSecret(ALPHA, {certificate: 'c', privateKey: 'k', authority: 'a', authorityChecksum: 'c0ffee'});
const changed = (change: object) => ({...ours, metadata: {...ours.metadata, ...change}});

t.test('our Secret is the one that we make', async (t) => {
  t.ok(isOurSecret(ours, uid));
});

const foreign: readonly (readonly [title: string, secret: unknown])[] = [
  ['without our label', changed({labels: {}})],
  ['that another program manages', changed({labels: {'app.kubernetes.io/managed-by': 'Helm'}})],
  ['that nobody owns', changed({ownerReferences: []})],
  ['of another TenantControlPlane', changed({ownerReferences: [owner('other')]})],
  ['that somebody else controls', changed({ownerReferences: [owner(uid), owner('other', true)]})],
  ['that Kamaji made and controls', changed({ownerReferences: [owner(uid, true)]})],
  ['that is none', undefined],
];
for (const [title, secret] of foreign) {
  t.test(`not ours is a Secret ${title}`, async (t) => {
    t.notOk(isOurSecret(secret, uid));
  });
}

t.test('nothing is ours of a TenantControlPlane without a uid', async (t) => {
  t.notOk(isOurSecret(changed({ownerReferences: [{kind: 'TenantControlPlane', name: 'alpha'}]}), undefined));
});
