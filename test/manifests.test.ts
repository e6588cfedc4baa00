import t from 'tap';
import {DEFAULTS} from '../src/config.ts';
import {CONTROLLER_RIGHTS, DANGEROUS_RIGHTS} from '../src/inspection/checks/controller-rights.ts';
import type {Right} from '../src/inspection/rights.ts';
import {dig, isObject, type JsonObject, stringAt} from '../src/json.ts';
import {manifest} from './support/product.ts';

const [configuration] = (await manifest('webhook.yaml')).filter(({kind}) => kind === 'MutatingWebhookConfiguration');
const entries = [configuration?.webhooks].flat().filter(isObject);
const rules = (await manifest('rbac.yaml'))
  .filter(({kind}) => kind === 'ClusterRole')
  .flatMap((role) => role.rules)
  .filter(isObject);

const texts = (value: unknown) => [value].flat().map(String);
const describe = ({verb, resource, group}: Right) => `${verb} ${resource}.${group}`;
const selector = (entry: JsonObject) => dig(entry, 'namespaceSelector', 'matchExpressions');

t.test('the namespaceSelectors are the configuration’s default policy', async (t) => {
  t.strictSame(
    entries.map(({name}) => name),
    ['cluster.kamaji-monitoring.io', 'namespace.kamaji-monitoring.io'],
  );
  t.strictSame(entries.map(selector), [
    [
      {key: 'kamaji-monitoring.io/enabled', operator: 'NotIn', values: ['true', 'false']},
      {key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: DEFAULTS.excludedNamespaces},
    ],
    [{key: 'kamaji-monitoring.io/enabled', operator: 'In', values: ['true']}],
  ]);
});

t.test('the policy without a webhook excludes the same namespaces, and nothing of it can refuse', async (t) => {
  const policies = await manifest('policy.yaml');
  const [mutating] = policies;
  const excluded = JSON.stringify(DEFAULTS.excludedNamespaces).replaceAll('"', "'").replaceAll(',', ', ');
  t.ok(JSON.stringify(dig(mutating, 'spec', 'variables')).includes(`in ${excluded})`));
  for (const policy of policies) {
    const {failurePolicy = 'Ignore', validationActions = []} = isObject(policy.spec) ? policy.spec : {};
    t.equal(failurePolicy, 'Ignore');
    t.notMatch(JSON.stringify(validationActions), 'Deny');
  }
});

t.test('no entry can stand in the way of a creation', async (t) => {
  for (const entry of entries) {
    t.match(entry, {failurePolicy: 'Ignore', sideEffects: 'None', timeoutSeconds: 3, reinvocationPolicy: 'IfNeeded'});
    t.strictSame(dig(entry, 'rules'), [
      {
        apiGroups: ['kamaji.clastix.io'],
        apiVersions: ['*'],
        operations: ['CREATE'],
        resources: ['tenantcontrolplanes'],
        scope: 'Namespaced',
      },
    ]);
  }
});

t.test('no Secret, no caBundle', async (t) => {
  for (const file of ['namespace.yaml', 'rbac.yaml', 'webhook.yaml', 'policy.yaml', 'required.yaml']) {
    const text = JSON.stringify(await manifest(file));
    t.notMatch(text, /"kind":"Secret"|caBundle/, file);
  }
});

t.test('the controller may neither read Secrets nor write a TenantControlPlane, and has no wildcard', async (t) => {
  const verbs = (resource: string) =>
    rules.filter((rule) => [rule.resources].flat().includes(resource)).flatMap((rule) => rule.verbs);
  t.strictSame(verbs('secrets'), ['create'], 'what it creates it may read by name, through a Role of its own');
  t.strictSame(verbs('tenantcontrolplanes'), ['list', 'watch']);
  t.notMatch(JSON.stringify(rules), /\*/);
});

t.test('the ClusterRole is exactly what `check` asks for the controller, no less and no more', async (t) => {
  const granted = rules.flatMap((rule) => {
    t.strictSame(Object.keys(rule), ['apiGroups', 'resources', 'verbs'], 'on the whole kind');
    const {apiGroups, resources, verbs} = rule;
    return texts(apiGroups).flatMap((group) =>
      texts(resources).flatMap((resource) => texts(verbs).map((verb) => describe({group, resource, verb}))),
    );
  });
  t.strictSame(granted.toSorted(), CONTROLLER_RIGHTS.map(describe).toSorted());
});

t.test(
  'the ClusterRole reads, changes and deletes no Secret, and `check` warns of whatever would read one',
  async (t) => {
    const onSecrets = rules.filter(({resources}) => texts(resources).includes('secrets'));
    const verbs = onSecrets.flatMap((rule) => texts(rule.verbs));
    for (const verb of ['get', 'list', 'watch', 'patch', 'update', 'delete', 'deletecollection'])
      t.notOk(verbs.includes(verb), verb);
    t.strictSame(DANGEROUS_RIGHTS.map(describe), ['get secrets.', 'list secrets.', 'watch secrets.', 'patch secrets.']);
  },
);

t.test('the webhook gets no token', async (t) => {
  const accounts = (await manifest('webhook.yaml')).filter(({kind}) => kind === 'ServiceAccount');
  t.strictSame(
    accounts.map((account) => [stringAt(account, 'metadata', 'name'), account.automountServiceAccountToken]),
    [['kamaji-monitoring-webhook', false]],
  );
});
