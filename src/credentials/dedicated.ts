import {AUTHORITY_CHECKSUM, CREDENTIAL_NOT_AFTER, clientSecretName, fit, shortHash} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {Credential} from './credential.ts';

export const CERTIFICATE_KEY = 'tls.crt';
export const PRIVATE_KEY_KEY = 'tls.key';
export const AUTHORITY_KEY = 'ca.crt';

/** The longest common name (RFC 5280, ub-common-name). */
const COMMON_NAME_LENGTH = 64;

/** Tells in the tenant's audit log whose certificate it is. */
export function dedicatedCommonName({namespace, name}: TenantControlPlane): string {
  return fit(`kamaji-monitoring:${namespace}:${name}`, COMMON_NAME_LENGTH);
}

/** What is known of an issued certificate; never its key. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly notAfter: Date;
  /** Kamaji's checksum of the CA that signed it. */
  readonly authorityChecksum: string;
}

/** A certificate of our own. Without `issued`, what it will be. */
export function dedicatedCredential(tcp: TenantControlPlane, issued?: IssuedCertificate): Credential {
  return {
    secretName: clientSecretName(tcp.name),
    certificateKey: CERTIFICATE_KEY,
    privateKeyKey: PRIVATE_KEY_KEY,
    authorityKey: AUTHORITY_KEY,
    hash: issued && shortHash(issued.certificate),
    annotations:
      issued === undefined
        ? {}
        : {[CREDENTIAL_NOT_AFTER]: issued.notAfter.toISOString(), [AUTHORITY_CHECKSUM]: issued.authorityChecksum},
  };
}
