import {kubeletClientSecretName, shortHash} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {Credential, CredentialState} from './credential.ts';

/**
 * Kamaji's own certificate, the one its monitoring guide names. The Secret's name is derived from the TenantControlPlane's
 * and never taken from its status: a Role for whatever the status names would let anyone who can write it have any Secret
 * of the namespace handed to the scrapers.
 */
export function kubeletClientState(tcp: TenantControlPlane): CredentialState {
  const credential = kubeletClientCredential(tcp);
  if (tcp.kubeletClient === undefined) {
    return {state: 'waiting', credential, why: `Kamaji has not made the Secret ${credential.secretName} yet`};
  }
  if (tcp.kubeletClient.secretName !== credential.secretName) {
    const why = `its status names the Secret ${tcp.kubeletClient.secretName} where Kamaji writes ${credential.secretName}`;
    return {state: 'waiting', credential, why};
  }
  return {state: 'ready', credential};
}

/** The same for a manifest: what it will be once Kamaji has made it. */
export function kubeletClientCredential(tcp: TenantControlPlane): Credential {
  return {
    secretName: kubeletClientSecretName(tcp.name),
    certificateKey: 'apiserver-kubelet-client.crt',
    privateKeyKey: 'apiserver-kubelet-client.key',
    authorityKey: undefined,
    hash: tcp.kubeletClient && shortHash(tcp.kubeletClient.checksum),
    annotations: {},
  };
}
