import t from 'tap';
import {FAST, startInstallation, waitForCodes} from '../../support/installation.ts';
import {playKamaji} from '../../support/kamaji.ts';
import {createAuthority} from '../../support/pki.ts';
import {runTenantPods} from '../../support/pods.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../support/tenant-control-plane.ts';

const NAMESPACE = 'tenants';
const HIDDEN = 'hidden';
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/charlie-api-server-kubelet-client-certificate`;

const installation = await startInstallation({
  config: `credential: kubelet-client\n${FAST}`,
  // With this gate the operator says exactly why; its Event keeps the words of the first time while it repeats.
  operatorFlags: [`--deny-namespaces=${HIDDEN}`, '--feature-gates=StatusForConfigurationResources=true'],
});
t.teardown(() => installation.cluster.stop());
const {api} = installation.cluster;
const {tenant, kamaji} = await installation.addTenant({
  name: 'charlie',
  namespace: NAMESPACE,
  clientGroup: 'kubeadm:cluster-admins',
});
const says = (codes: readonly string[]) => waitForCodes(installation, NAMESPACE, 'charlie', codes);
/** Deletes the Secret and makes it anew, as Kamaji does. */
const restore = async () => {
  if ((await api.find(SECRET)) !== undefined) await api.delete(SECRET);
  await kamaji.provideClientCertificate();
  await says([]);
};

t.test('a group without its binding in the tenant: kubelet-client-forbidden; with it, nothing', async (t) => {
  await says(['kubelet-client-forbidden']);
  await tenant.bindClusterAdmins();
  await says([]);
  t.pass();
});

t.test('Kamaji’s certificate in no group, as from 26.5.5-edge on: kubelet-client-forbidden', async (t) => {
  const options = {namespace: NAMESPACE, name: 'charlie', authority: tenant.authority};
  await (await playKamaji(api, {...options, clientGroup: 'none'})).provideClientCertificate();
  await says(['kubelet-client-forbidden']);
  await restore();
  t.pass();
});

t.test('a certificate of another CA: certificate-unknown', async (t) => {
  const authority = await createAuthority('kubernetes', 'rsa');
  await (await playKamaji(api, {namespace: NAMESPACE, name: 'charlie', authority})).provideClientCertificate();
  await says(['certificate-unknown']);
  await restore();
  t.pass();
});

t.test('a Secret that lacks a key: secret-key-missing', async (t) => {
  await api.jsonPatch(SECRET, [{op: 'remove', path: '/data/apiserver-kubelet-client.key'}]);
  await says(['secret-key-missing']);
  await restore();
  t.pass();
});

t.test('a key that does not belong to the certificate: secret-pair-broken', async (t) => {
  const {privateKey} = await tenant.authority.issue({commonName: 'other', usage: 'client'});
  const value = Buffer.from(privateKey).toString('base64');
  await api.jsonPatch(SECRET, [{op: 'replace', path: '/data/apiserver-kubelet-client.key', value}]);
  await says(['secret-pair-broken']);
  await restore();
  t.pass();
});

t.test('no Secret: secret-missing', async (t) => {
  await api.delete(SECRET);
  await says(['secret-missing']);
  await kamaji.provideClientCertificate();
  await says([]);
  t.pass();
});

t.test('a namespace that the operator does not watch: first waiting, then operator-silent', async (t) => {
  await installation.cluster.createNamespace(HIDDEN);
  await api.create(tenantControlPlanesPath(HIDDEN), tenantControlPlane('delta'));
  await (await playKamaji(api, {namespace: HIDDEN, name: 'delta'})).provideAll();
  await runTenantPods(api, HIDDEN, 'delta', tenant.addresses);
  await waitForCodes(installation, HIDDEN, 'delta', ['not-yet-configured']);
  t.strictSame(await installation.codes(HIDDEN, 'delta', {laterMs: 180_000}), ['operator-silent']);
});
