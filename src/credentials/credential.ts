import {kubeletClientSecretName, shortHash} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';

/** The client certificate with which a tenant's metrics are scraped, as keys of a Secret in the TenantControlPlane's namespace. */
export interface Credential {
  readonly secretName: string;
  readonly certificateKey: string;
  readonly privateKeyKey: string;
  /** Changes whenever the certificate does; absent where no cluster tells. */
  readonly hash: string | undefined;
}

export type CredentialState =
  | {readonly state: 'ready'; readonly credential: Credential}
  | {readonly state: 'waiting'; readonly why: string};

/**
 * Kamaji's own certificate, the one its monitoring guide names. The Secret's name is derived from the TenantControlPlane's
 * and never taken from its status: a Role for whatever the status names would let anyone who can write it have any Secret
 * of the namespace handed to the scrapers.
 */
export function kubeletClientCredential(tcp: TenantControlPlane): CredentialState {
  const credential = offlineCredential(tcp);
  if (tcp.kubeletClient === undefined)
    return {state: 'waiting', why: `Kamaji has not made the Secret ${credential.secretName} yet`};
  if (tcp.kubeletClient.secretName !== credential.secretName) {
    return {
      state: 'waiting',
      why: `its status names the Secret ${tcp.kubeletClient.secretName} where Kamaji writes ${credential.secretName}`,
    };
  }
  return {state: 'ready', credential};
}

/** The same credential for a manifest: what it will be once Kamaji has made it. */
export function offlineCredential(tcp: TenantControlPlane): Credential {
  return {
    secretName: kubeletClientSecretName(tcp.name),
    certificateKey: 'apiserver-kubelet-client.crt',
    privateKeyKey: 'apiserver-kubelet-client.key',
    hash: tcp.kubeletClient && shortHash(tcp.kubeletClient.checksum),
  };
}
