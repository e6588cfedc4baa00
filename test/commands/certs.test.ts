import {X509Certificate} from 'node:crypto';
import {readFileSync, statSync} from 'node:fs';
import {chdir, cwd} from 'node:process';
import t from 'tap';
import {certs} from '../../src/commands/certs.ts';
import {runCommand} from '../support/command.ts';

const before = cwd();
t.teardown(() => chdir(before));

t.test('writes a CA and a serving certificate for the webhook’s Service, again and again', async (t) => {
  chdir(t.testdir());
  await runCommand(certs, []);
  const first = readFileSync('certs/tls.crt', 'utf8');
  const {code} = await runCommand(certs, []);
  t.equal(code, 0);
  t.not(readFileSync('certs/tls.crt', 'utf8'), first);

  const ca = new X509Certificate(readFileSync('certs/ca.crt'));
  const leaf = new X509Certificate(readFileSync('certs/tls.crt'));
  t.ok(ca.ca);
  t.notOk(leaf.ca);
  t.ok(leaf.checkIssued(ca));
  t.ok(leaf.verify(ca.publicKey));
  t.equal(
    leaf.checkHost('kamaji-monitoring-webhook.kamaji-monitoring-system.svc'),
    'kamaji-monitoring-webhook.kamaji-monitoring-system.svc',
  );
  t.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  t.equal(leaf.checkHost('example.com'), undefined);
  t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.ok(Date.parse(leaf.validFrom) < Date.now() - 300_000, 'back-dated for clocks that differ');
  t.ok(Date.parse(leaf.validTo) - Date.now() < 91 * 86_400_000);
  t.equal(statSync('certs/tls.key').mode & 0o777, 0o600);
});
