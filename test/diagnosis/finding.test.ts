import t from 'tap';
import {about, fill, finding} from '../../src/diagnosis/finding.ts';
import {ALPHA, changed, healthy, objects, tcp} from '../support/evidence.ts';

t.test('placeholders are filled once, and what a value contains is not filled again', async (t) => {
  t.equal(fill('{a} and {b} and {a}', {a: '{b}', b: 'x'}), '{b} and x and {b}');
  t.equal(fill('{a}', {a: '$& $1'}), '$& $1');
  t.equal(fill('{a}', {a: ''}), '');
});

t.test('what has no value stays, so that a test sees it', async (t) => {
  t.equal(fill('{a} {toString} {constructor}', {}), '{a} {toString} {constructor}');
  t.match(finding('no-endpoints', {}).cause, /\{service\}/);
});

t.test('braces that are part of a command stay', async (t) => {
  const text = '{} {release: …} {namespace: …, name: …} {a-b}';
  t.equal(fill(text, {release: 'x', namespace: 'x', name: 'x', a: 'x'}), text);
});

t.test('every finding may name the TenantControlPlane and its objects', async (t) => {
  t.match(about('no-endpoints', healthy()), {
    cause: /the Service alpha-metrics .*\(its status: Ready\)$/,
    cure: /^`kubectl -n tenants get pods -l kamaji\.clastix\.io\/name=alpha`;/,
  });
  t.match(
    about('secret-missing', healthy()).cause,
    'ServiceMonitor kube-prometheus-stack-tcp-alpha: the Secret alpha-',
  );
  t.match(about('secret-missing', changed(objects({monitor: undefined}))).cause, 'rejects the ServiceMonitor: ');
  const long = 'a'.repeat(63);
  t.match(about('no-endpoints', changed(tcp({name: long}))).cause, /the Service a{46}-metrics-[0-9a-f]{8} has/);
});

t.test('a value of the case comes before the ordinary one', async (t) => {
  t.match(about('authority-untrusted', healthy(), {why: 'x', secret: `${ALPHA.name}-ca`}).cure, /secret alpha-ca`$/);
});
