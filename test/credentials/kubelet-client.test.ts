import t from 'tap';
import {kubeletClientState} from '../../src/credentials/kubelet-client.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';

const withSecret = (secretName: string | undefined) =>
  parseTenantControlPlane({
    metadata: {name: 'x'},
    status: {certificates: {apiServerKubeletClient: {secretName, checksum: 'c'}}},
  });

t.test('ready once Kamaji’s status names its Secret', async (t) => {
  t.match(kubeletClientState(parseTenantControlPlane(capturedTenantControlPlane('alpha-ready'))), {
    state: 'ready',
    credential: {
      secretName: 'alpha-api-server-kubelet-client-certificate',
      certificateKey: 'apiserver-kubelet-client.crt',
      privateKeyKey: 'apiserver-kubelet-client.key',
    },
  });
});

t.test('waits while the status names none', async (t) => {
  for (const name of [undefined, '']) {
    t.match(kubeletClientState(withSecret(name)), {
      state: 'waiting',
      why: /^Kamaji has not made the Secret x-api-server/,
    });
  }
});

t.test('never hands out a Secret of another name, whatever the status says', async (t) => {
  t.match(kubeletClientState(withSecret('database-password')), {
    state: 'waiting',
    why: /names the Secret database-password/,
  });
});
