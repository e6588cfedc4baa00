import t from 'tap';
import {dig, stringAt} from '../../src/json.ts';
import {COMPONENTS} from '../../src/monitoring/components.ts';
import {service} from '../../src/monitoring/service.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';
import {type ClientGroup, playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import type {KeyPair} from '../support/pki.ts';
import {runTenantPods} from '../support/pods.ts';
import {startTenant, type Tenant} from '../support/tenant.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../support/tenant-control-plane.ts';
import {waitFor} from '../support/wait.ts';

const cluster = await startManagementCluster({controllers: true});
t.teardown(() => cluster.stop());
const {api} = cluster;
await cluster.createNamespace('tenants');
const tenant = await startTenant(cluster, {name: 'alpha', namespace: 'tenants', replicas: 2});

async function statuses(client: KeyPair | undefined, of: Tenant = tenant): Promise<number[]> {
  const answers = of.addresses.flatMap((address) =>
    COMPONENTS.map((component) => of.scrape(address, component, client)),
  );
  return (await Promise.all(answers)).map(({status}) => status);
}

/** kube-controller-manager and kube-scheduler ask their API server, and answer 500 until it has told them all they need. */
function scrapes(client: KeyPair | undefined, expected: number): Promise<true> {
  return waitFor(
    `all components to answer ${expected}`,
    async () => (await statuses(client)).every((status) => status === expected),
    {everyMs: 250},
  );
}

const clientOf = (organizations: readonly string[]) =>
  tenant.authority.issue({commonName: 'kube-apiserver-kubelet-client', organizations, usage: 'client'});

t.test('a tenant’s metrics are for privileged groups and for system:monitoring', async (t) => {
  await scrapes(await clientOf(['system:monitoring']), 200);
  await scrapes(await clientOf(['system:masters']), 200);
  await scrapes(await clientOf([]), 403);
  await scrapes(undefined, 403);
  const clusterAdmins = await clientOf(['kubeadm:cluster-admins']);
  await scrapes(clusterAdmins, 403);
  await tenant.bindClusterAdmins();
  await scrapes(clusterAdmins, 200);
  t.pass('as measured on real Kamaji');
});

t.test('the stand-in for Kamaji leaves the status and the Secrets of the real one', async (t) => {
  await api.create(`${tenantControlPlanesPath('tenants')}`, tenantControlPlane('alpha'));
  const kamaji = await playKamaji(api, {
    namespace: 'tenants',
    name: 'alpha',
    authority: tenant.authority,
    clientGroup: 'none' satisfies ClientGroup,
  });
  await kamaji.provideAll(2);
  const made = await api.get(`${tenantControlPlanesPath('tenants')}/alpha`);
  const real = capturedTenantControlPlane('alpha-ready');
  for (const path of [
    ['certificates', 'apiServerKubeletClient', 'secretName'],
    ['certificates', 'ca', 'secretName'],
    ['kubernetesResources', 'version', 'status'],
    ['kubernetesResources', 'service', 'name'],
    ['kubernetesResources', 'deployment', 'selector'],
  ]) {
    t.equal(stringAt(made, 'status', ...path), stringAt(real, 'status', ...path), path.join('.'));
  }
  t.equal(dig(made, 'status', 'kubernetesResources', 'service', 'port'), 6443);
  const secret = await api.get('/api/v1/namespaces/tenants/secrets/alpha-api-server-kubelet-client-certificate');
  t.match(secret, {
    type: 'Opaque',
    metadata: {
      annotations: {
        'kamaji.clastix.io/checksum': stringAt(made, 'status', 'certificates', 'apiServerKubeletClient', 'checksum'),
      },
      labels: {'kamaji.clastix.io/name': 'alpha', 'kamaji.clastix.io/project': 'kamaji'},
      ownerReferences: [{kind: 'TenantControlPlane', name: 'alpha', controller: true}],
    },
  });
  t.strictSame(Object.keys(dig(secret, 'data') as object), [
    'apiserver-kubelet-client.crt',
    'apiserver-kubelet-client.key',
  ]);
});

t.test('the real controllers publish the tenant’s pods as endpoints of a metrics Service', async (t) => {
  await runTenantPods(api, 'tenants', 'alpha', tenant.addresses);
  const tcp = parseTenantControlPlane(await api.get(`${tenantControlPlanesPath('tenants')}/alpha`));
  await api.create('/api/v1/namespaces/tenants/services', service(tcp));
  const slice = await waitFor('an EndpointSlice with both pods', async () => {
    const slices = await api.list(
      '/apis/discovery.k8s.io/v1/namespaces/tenants/endpointslices?labelSelector=kamaji.clastix.io/name=alpha-metrics',
    );
    return slices.find(({endpoints}) => Array.isArray(endpoints) && endpoints.length === 2);
  });
  const ports = dig(slice, 'ports');
  t.strictSame(Array.isArray(ports) && ports.map((port) => dig(port, 'port')).sort(), [10_257, 10_259, 6443]);
});
