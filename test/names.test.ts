import t from 'tap';
import {
  fillTemplate,
  fit,
  isDnsLabel,
  isDnsSubdomain,
  isLabelKey,
  isLabelValue,
  metricsServiceName,
  roleBindingName,
  roleName,
} from '../src/names.ts';

const longest = 'a'.repeat(63);

t.test('the metrics Service is named as in the guide up to 55 characters of TCP name', async (t) => {
  t.equal(metricsServiceName('charlie'), 'charlie-metrics');
  t.equal(metricsServiceName('b'.repeat(55)), `${'b'.repeat(55)}-metrics`);
});

t.test(
  'a longer TCP name gives a Service name that is valid, ends in a hash and stays the same for ever',
  async (t) => {
    t.equal(metricsServiceName(longest), `${'a'.repeat(46)}-metrics-7d3e74a0`);
    for (let length = 56; length <= 63; length++) {
      const name = metricsServiceName('c'.repeat(length));
      t.ok(isDnsLabel(name), name);
    }
  },
);

t.test('two long names with one beginning get different Service names', async (t) => {
  t.not(metricsServiceName(`${'a'.repeat(60)}-x`), metricsServiceName(`${'a'.repeat(60)}-y`));
});

t.test('no Service name ends its beginning with a dash', async (t) => {
  t.match(metricsServiceName(`${'a'.repeat(45)}-${'b'.repeat(17)}`), /^a{45}-metrics-[0-9a-f]{8}$/);
});

t.test('Role and RoleBinding carry the name of their TCP', async (t) => {
  t.equal(roleName('charlie'), 'prometheus-secret-reader-charlie');
  t.equal(roleBindingName('charlie'), 'prometheus-secret-access-charlie');
});

t.test('a text that fits stays as it is, a longer one is cut and hashed', async (t) => {
  t.equal(fit('short', 63), 'short');
  const cut = fit('x'.repeat(300), 253);
  t.equal(cut.length, 253);
  t.match(cut, /^x+-[0-9a-f]{8}$/);
});

t.test('a template knows the name and the namespace, as often as they stand there', async (t) => {
  t.equal(fillTemplate('{namespace}-{name}-{name}', {name: 'a', namespace: 'b'}), 'b-a-a');
  t.equal(fillTemplate('{cluster}', {name: 'a', namespace: 'b'}), '{cluster}');
});

t.test('names that Kubernetes accepts', async (t) => {
  for (const name of ['a', 'a-b', 'a1', longest]) t.ok(isDnsLabel(name), name);
  for (const name of ['', '9abc', 'a.b', 'A', 'a-', '-a', `${longest}a`, 'a_b']) t.notOk(isDnsLabel(name), name);
  for (const name of ['a', '9abc', 'a.b-c', 'a'.repeat(253)]) t.ok(isDnsSubdomain(name), name);
  for (const name of ['', 'a..b', 'a.', '.a', 'A', 'a'.repeat(254)]) t.notOk(isDnsSubdomain(name), name);
  for (const value of ['', 'a', 'A_b.c-9']) t.ok(isLabelValue(value), value);
  for (const value of ['-a', 'a-', 'a b', 'a/b', 'a'.repeat(64)]) t.notOk(isLabelValue(value), value);
  for (const key of ['release', 'example.com/a', 'a_B']) t.ok(isLabelKey(key), key);
  for (const key of ['', '/a', 'a/', 'a/b/c', 'Example.com/a', 'a b']) t.notOk(isLabelKey(key), key);
});
