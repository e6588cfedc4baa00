import t from 'tap';
import {DEFAULTS, parseConfig} from '../../src/config.ts';
import {kubeletClientCredential} from '../../src/credentials/kubelet-client.ts';
import {desired} from '../../src/monitoring/desired.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';

function objectsOf(object: unknown, config = DEFAULTS) {
  const tcp = parseTenantControlPlane(object);
  return desired(tcp, kubeletClientCredential(tcp), config);
}

t.test('only the target port of kube-apiserver follows the TCP', async (t) => {
  const [, , service] = objectsOf(capturedTenantControlPlane('beta-ready'));
  t.match(service, {
    spec: {
      ports: [
        {port: 6443, targetPort: 31_443},
        {port: 10_257, targetPort: 10_257},
        {port: 10_259, targetPort: 10_259},
      ],
    },
  });
});

t.test('the owner reference is a plain one: Kamaji would reconcile at each write to what it controls', async (t) => {
  for (const {kind, metadata} of objectsOf(capturedTenantControlPlane('alpha-ready'))) {
    t.strictSame(
      metadata.ownerReferences,
      [
        {
          apiVersion: 'kamaji.clastix.io/v1alpha1',
          kind: 'TenantControlPlane',
          name: 'alpha',
          uid: '66a03a98-84ac-473f-ad49-984171a758ec',
        },
      ],
      kind,
    );
  }
});

t.test('a manifest without uid gets neither owner nor managed-by label', async (t) => {
  const objects = objectsOf({kind: 'TenantControlPlane', metadata: {name: 'x', namespace: 'y'}});
  for (const {kind, metadata} of objects) {
    t.equal(metadata.ownerReferences, undefined, kind);
    t.notOk('app.kubernetes.io/managed-by' in metadata.labels, kind);
    t.equal(metadata.labels['kamaji-monitoring.io/tenant-control-plane'], 'x', kind);
  }
});

t.test('the configuration reaches the ServiceMonitor and the RoleBinding', async (t) => {
  const config = parseConfig(
    `scrapers: [{namespace: monitoring, name: alloy}, {namespace: o11y, name: prometheus}]
serviceMonitor:
  name: "{namespace}-{name}"
  labels: {team: sre}
  interval: 1m
  clusterLabel: {name: tenant, value: "{namespace}/{name}"}
  jobs: {kube-apiserver: kube-apiserver}
`,
    'c.yaml',
  );
  const [, binding, , monitor] = objectsOf(capturedTenantControlPlane('alpha-ready'), config);
  t.match(binding, {
    subjects: [
      {kind: 'ServiceAccount', namespace: 'monitoring', name: 'alloy'},
      {kind: 'ServiceAccount', namespace: 'o11y', name: 'prometheus'},
    ],
  });
  t.match(monitor, {
    metadata: {name: 'tenants-alpha', labels: {team: 'sre'}},
    spec: {
      endpoints: [
        {
          interval: '1m',
          relabelings: [
            {targetLabel: 'tenant', replacement: 'tenants/alpha'},
            {targetLabel: 'job', replacement: 'kube-apiserver'},
          ],
        },
        {interval: '1m'},
        {interval: '1m', relabelings: [{}, {replacement: 'kube-scheduler'}]},
      ],
    },
  });
});

t.test('the hash on the ServiceMonitor changes with the certificate and with nothing else', async (t) => {
  const hash = (checksum: string, extra = {}) => {
    const [, , , monitor] = objectsOf({
      metadata: {name: 'x', ...extra},
      status: {
        certificates: {apiServerKubeletClient: {secretName: 'x-api-server-kubelet-client-certificate', checksum}},
      },
    });
    return monitor?.metadata.labels['kamaji-monitoring.io/credential-hash'];
  };
  t.match(hash('a'), /^[0-9a-f]{8}$/);
  t.equal(hash('a'), hash('a', {labels: {any: 'thing'}}));
  t.not(hash('a'), hash('b'));
});

t.test('two TCPs of one name in two namespaces differ in nothing but namespace and owner', async (t) => {
  const [one, two] = ['a', 'b'].map((namespace) =>
    JSON.stringify(objectsOf({metadata: {name: 'x', namespace, uid: namespace}})),
  );
  t.equal(one?.replaceAll('"namespace":"a"', '"namespace":"b"').replaceAll('"uid":"a"', '"uid":"b"'), two);
});
