import {X509Certificate} from 'node:crypto';
import t from 'tap';
import {inspectClientCertificate, issueClientCertificate} from '../../src/credentials/client-certificate.ts';
import {createAuthority, type KeyType} from '../support/pki.ts';

const DAY_MS = 86_400_000;
const now = new Date(Math.floor(Date.now() / 1000) * 1000);

for (const keyType of ['rsa', 'ec'] satisfies KeyType[]) {
  t.test(
    `signed with an ${keyType} CA: it is in group system:monitoring, for clients only, and chains to the CA`,
    async (t) => {
      const authority = await createAuthority('kubernetes', keyType);
      const pair = await issueClientCertificate({authority, commonName: 'kamaji-monitoring:tenants:charlie', now});
      const leaf = new X509Certificate(pair.certificate);
      const ca = new X509Certificate(authority.certificate);
      t.equal(leaf.subject, 'O=system:monitoring\nCN=kamaji-monitoring:tenants:charlie');
      t.ok(leaf.checkIssued(ca));
      t.ok(leaf.verify(ca.publicKey));
      t.notOk(leaf.ca);
      t.strictSame(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2']);
      t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      t.equal(Date.parse(leaf.validTo) - now.getTime(), 90 * DAY_MS);
      t.ok(Date.parse(leaf.validFrom) < now.getTime(), 'back-dated for clocks that differ');
      t.match(pair.privateKey, /^-----BEGIN PRIVATE KEY-----/);
    },
  );
}

t.test('never outlives its CA', async (t) => {
  const authority = await createAuthority('kubernetes', 'ec');
  const caEnd = Date.parse(new X509Certificate(authority.certificate).validTo);
  const late = new Date(caEnd - 10 * DAY_MS);
  const {certificate} = await issueClientCertificate({authority, commonName: 'x', now: late});
  t.equal(Date.parse(new X509Certificate(certificate).validTo), caEnd);
  await t.rejects(issueClientCertificate({authority, commonName: 'x', now: new Date(caEnd)}), /the CA ended at/);
});

t.test('a name cannot smuggle in another group', async (t) => {
  const authority = await createAuthority('kubernetes', 'ec');
  const commonName = 'x,O=system:masters+O=system:masters';
  const {certificate} = await issueClientCertificate({authority, commonName, now});
  const {subject} = new X509Certificate(certificate);
  t.equal(subject.split('\n').filter((part) => part.startsWith('O=')).length, 1, subject);
});

t.test('a CA that is no pair is refused', async (t) => {
  const [one, two] = await Promise.all([createAuthority('kubernetes', 'rsa'), createAuthority('kubernetes', 'rsa')]);
  const mixed = {certificate: one.certificate, privateKey: two.privateKey};
  await t.rejects(issueClientCertificate({authority: mixed, commonName: 'x', now}), /no pair/);
});

t.test('a stored certificate is known by its dates; one that cannot be used is not', async (t) => {
  const [authority, other] = await Promise.all([
    createAuthority('kubernetes', 'rsa', DAY_MS),
    createAuthority('kubernetes', 'rsa'),
  ]);
  const pair = await issueClientCertificate({authority, commonName: 'x', now});
  const facts = inspectClientCertificate(pair, authority.certificate);
  t.equal(facts?.notAfter.getTime(), now.getTime() + 90 * DAY_MS);
  const life = 90 * DAY_MS + 300_000;
  t.equal(facts?.renewAt.getTime(), now.getTime() - 300_000 + (life * 2) / 3);

  t.equal(inspectClientCertificate(pair, other.certificate), undefined, 'of another CA of the same name');
  const foreign = await authority.issue({commonName: 'x', organizations: ['system:masters'], usage: 'client'});
  t.equal(inspectClientCertificate(foreign, authority.certificate), undefined, 'of another group');
  t.equal(
    inspectClientCertificate({...pair, privateKey: foreign.privateKey}, authority.certificate),
    undefined,
    'no pair',
  );
  t.equal(inspectClientCertificate({certificate: 'x', privateKey: 'y'}, authority.certificate), undefined, 'no PEM');
});
