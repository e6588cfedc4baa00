import {AUTHORITY_KEY, CERTIFICATE_KEY, PRIVATE_KEY_KEY} from '../credentials/dedicated.ts';
import {AUTHORITY_CHECKSUM, clientSecretName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {type KubernetesObject, metadata} from './metadata.ts';

export const CLIENT_SECRET_TYPE = 'kubernetes.io/tls';

export interface ClientSecretContent {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly authority: string;
  readonly authorityChecksum: string;
}

export interface ClientSecret extends KubernetesObject {
  readonly kind: 'Secret';
  readonly type: typeof CLIENT_SECRET_TYPE;
  readonly data: Readonly<Record<string, string>>;
}

/** The Secret with our own client certificate. It names the CA that signed it, so that a rotation is seen without reading the CA. */
export function clientSecret(tcp: TenantControlPlane, content: ClientSecretContent): ClientSecret {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...metadata(tcp, clientSecretName(tcp.name)),
      annotations: {[AUTHORITY_CHECKSUM]: content.authorityChecksum},
    },
    type: CLIENT_SECRET_TYPE,
    data: {
      [AUTHORITY_KEY]: base64(content.authority),
      [CERTIFICATE_KEY]: base64(content.certificate),
      [PRIVATE_KEY_KEY]: base64(content.privateKey),
    },
  };
}
