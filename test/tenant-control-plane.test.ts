import t from 'tap';
import {isTenantControlPlane, obstacle, parseTenantControlPlane} from '../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from './support/fixtures.ts';

const manifest = (rest: object) => ({
  apiVersion: 'kamaji.clastix.io/v1alpha1',
  kind: 'TenantControlPlane',
  metadata: {name: 'charlie', namespace: 'default'},
  ...rest,
});

t.test('reads what real Kamaji 26.8.2 wrote', async (t) => {
  t.strictSame(parseTenantControlPlane(capturedTenantControlPlane('alpha-ready')), {
    apiVersion: 'kamaji.clastix.io/v1alpha1',
    name: 'alpha',
    namespace: 'tenants',
    uid: '66a03a98-84ac-473f-ad49-984171a758ec',
    createdAt: new Date('2026-11-23T16:37:30Z'),
    replicas: 1,
    phase: 'Ready',
    deleting: false,
    enabled: undefined,
    port: 6443,
    kubeletClient: {
      secretName: 'alpha-api-server-kubelet-client-certificate',
      checksum: 'b4fd4b10331857ddb60100c9dc65caf6',
    },
    authority: {secretName: 'alpha-ca', checksum: '4515ebec4c1b9a2196102111e99d5efb'},
  });
});

t.test('reads what real Kamaji 1.0.0 wrote', async (t) => {
  const tcp = parseTenantControlPlane(capturedTenantControlPlane('kamaji-1.0.0-uno-ready'));
  t.match(tcp, {name: 'uno', port: 6443, kubeletClient: {checksum: '2a8208fb8946283782c01474ff15e162'}});
});

t.test('the port is that of the spec, then of the status, then 6443', async (t) => {
  t.equal(parseTenantControlPlane(capturedTenantControlPlane('beta-ready')).port, 31_443);
  const status = {kubernetesResources: {service: {port: 30_001}}};
  t.equal(parseTenantControlPlane(manifest({spec: {networkProfile: {port: 30_002}}, status})).port, 30_002);
  t.equal(parseTenantControlPlane(manifest({spec: {}, status})).port, 30_001);
  t.equal(parseTenantControlPlane(manifest({spec: {networkProfile: {}}})).port, 6443);
});

t.test('a manifest that kubectl would put into default is read as in default', async (t) => {
  t.equal(parseTenantControlPlane(manifest({metadata: {name: 'x'}})).namespace, 'default');
});

t.test('survives every hostile shape that the CRD or admission lets through', async (t) => {
  const hostile: readonly unknown[] = [
    null,
    1,
    'x',
    [],
    {},
    manifest({spec: null}),
    manifest({spec: 'x', status: 1, metadata: []}),
  ];
  for (const object of hostile) t.equal(parseTenantControlPlane(object).port, 6443, JSON.stringify(object));
});

t.test('an annotation of a wrong type is a wrong value and not an absent one', async (t) => {
  const enabled = (annotations: unknown) => parseTenantControlPlane(manifest({metadata: {annotations}})).enabled;
  t.equal(enabled({'kamaji-monitoring.io/enabled': 'true'}), 'true');
  t.equal(enabled({'kamaji-monitoring.io/enabled': true}), '');
  t.equal(enabled({'kamaji-monitoring.io/enabled': null}), '');
  for (const annotations of [undefined, null, {}, [], 'x', {other: 'true'}]) t.equal(enabled(annotations), undefined);
});

t.test('only Kamaji’s own kind, in any version, is a TenantControlPlane', async (t) => {
  t.ok(isTenantControlPlane(manifest({apiVersion: 'kamaji.clastix.io/v2'})));
  t.notOk(isTenantControlPlane(manifest({apiVersion: 'other.io/v1alpha1'})));
  t.notOk(isTenantControlPlane(manifest({kind: 'DataStore'})));
  t.notOk(isTenantControlPlane(null));
});

t.test('says why one cannot be monitored', async (t) => {
  const why = (name: string, port?: number) =>
    obstacle(parseTenantControlPlane(manifest({metadata: {name}, spec: {networkProfile: {port}}})));
  t.equal(why('a'.repeat(63), 30_001), undefined);
  t.match(why('a'.repeat(64)), /^its name "a+" is no DNS label/);
  t.match(why('a.b'), /no DNS label/);
  t.match(why('9abc'), /no DNS label/);
  t.match(why('a', 99_999_999), /^its port 99999999 \(spec\.networkProfile\.port\)/);
  t.match(why('a', 0), /^its port 0/);
  t.match(why('a', 1.5), /^its port 1\.5/);
});
