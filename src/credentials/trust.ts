import {dig, stringAt} from '../json.ts';
import {MANAGED_BY, PRODUCT} from '../names.ts';
import type {SecretStatus} from '../tenant-control-plane.ts';

/** What Kamaji writes on its Secrets, and into the status beside their names. */
const CHECKSUM = 'kamaji.clastix.io/checksum';

export interface ExpectedAuthority {
  readonly secretName: string;
  /** Of the TenantControlPlane. */
  readonly uid: string | undefined;
  /** The one of its status. */
  readonly checksum: string;
}

/** Why the CA that a status names is not looked at: the Secret's name is derived, never read (decision 2). */
export function distrustOfStatus(authority: SecretStatus, secretName: string): string | undefined {
  if (authority.secretName === secretName) return undefined;
  return `its status names the CA Secret ${authority.secretName} where Kamaji writes ${secretName}`;
}

/**
 * Why a Secret is not taken for the CA of a TenantControlPlane: whoever may create those could else have any Secret called
 * `…-ca` used. Looks at metadata only.
 */
export function distrustOfAuthority(
  secret: unknown,
  {secretName, uid, checksum}: ExpectedAuthority,
): string | undefined {
  if (secret === undefined) return `the CA Secret ${secretName} is not there`;
  if (uid === undefined || controllerUid(secret) !== uid)
    return `the CA Secret ${secretName} does not belong to this TenantControlPlane`;
  if (stringAt(secret, 'metadata', 'annotations', CHECKSUM) !== checksum) {
    return `the CA Secret ${secretName} is not the one that the status speaks of`;
  }
  return undefined;
}

/** Whether a Secret was made by us for the TenantControlPlane of this uid and nobody else controls it. */
export function isOurSecret(secret: unknown, uid: string | undefined): boolean {
  return (
    uid !== undefined &&
    stringAt(secret, 'metadata', 'labels', MANAGED_BY) === PRODUCT &&
    controllerUid(secret) === undefined &&
    owners(secret).some((owner) => stringAt(owner, 'uid') === uid)
  );
}

function controllerUid(object: unknown): string | undefined {
  return stringAt(
    owners(object).find((owner) => dig(owner, 'controller') === true),
    'uid',
  );
}

function owners(object: unknown): readonly unknown[] {
  const found = dig(object, 'metadata', 'ownerReferences');
  return Array.isArray(found) ? found : [];
}
