import type {Credential, CredentialRefusal} from '../credentials/credential.ts';
import {dateAt} from '../json.ts';
import {AUTHORITY_CHECKSUM, CREDENTIAL_NOT_AFTER} from '../names.ts';
import type {CredentialEvidence, Evidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';

/** It is renewed a month before its end: a week is left only when nobody renews. */
const EXPIRING_MS = 7 * 86_400_000;

/** What a credential tells of itself, by the annotations that it leaves on the ServiceMonitor. */
export function credentialEvidence(
  {secretName, annotations}: Credential,
  mode: CredentialEvidence['mode'],
  refusal?: CredentialRefusal,
): CredentialEvidence {
  return {
    mode,
    secretName,
    notAfter: dateAt(annotations, CREDENTIAL_NOT_AFTER),
    authorityChecksum: annotations[AUTHORITY_CHECKSUM],
    isSecretThere: undefined,
    refusal,
  };
}

/** Is there a certificate, of the CA that the tenant has, and for some time yet? Judged without reading any Secret. */
export function diagnoseCredential(evidence: Evidence): readonly Finding[] {
  const {tcp, now, objects} = evidence;
  const {refusal, notAfter, authorityChecksum} = objects.credential;
  if (refusal !== undefined) return [refused(evidence, refusal)];
  if (authorityChecksum !== undefined && authorityChecksum !== tcp.authority?.checksum) {
    return [about('credential-of-old-authority', evidence)];
  }
  if (notAfter === undefined) return [];
  const leftMs = notAfter.getTime() - now.getTime();
  const date = notAfter.toISOString();
  if (leftMs <= 0) return [about('credential-expired', evidence, {date})];
  return leftMs < EXPIRING_MS ? [about('credential-expiring', evidence, {date})] : [];
}

function refused(evidence: Evidence, refusal: CredentialRefusal): Finding {
  switch (refusal.code) {
    case 'authority-untrusted':
      return about('authority-untrusted', evidence, {why: refusal.why, secret: refusal.secretName});
    case 'secret-foreign':
      return about('secret-foreign', evidence, {secret: refusal.secretName});
    case 'rights-missing':
      return about('issuer-rights-missing', evidence);
  }
}
