import jsonpatch, {type Operation} from 'fast-json-patch';
import type {Clock} from '../clock.ts';
import {inspectClientCertificate, issueClientCertificate, type KeyPair} from '../credentials/client-certificate.ts';
import type {CredentialRefusal, CredentialState} from '../credentials/credential.ts';
import {
  AUTHORITY_KEY,
  CERTIFICATE_KEY,
  dedicatedCommonName,
  dedicatedCredential,
  type IssuedCertificate,
  PRIVATE_KEY_KEY,
} from '../credentials/dedicated.ts';
import {distrustOfAuthority, distrustOfStatus, isOurSecret} from '../credentials/trust.ts';
import {dig, stringAt} from '../json.ts';
import type {KubeClient} from '../kube/client.ts';
import {isForbidden, isNotFound} from '../kube/errors.ts';
import {CLIENT_SECRET_TYPE, type ClientSecret, clientSecret} from '../monitoring/client-secret.ts';
import {AUTHORITY_CHECKSUM, authoritySecretName, clientSecretName} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {CachedTenantControlPlane} from './cached.ts';
import {SECRETS} from './resources.ts';

/** A TenantControlPlane of a cluster. */
export type LiveTenantControlPlane = CachedTenantControlPlane & {readonly uid: string};

export interface ClientCertificates {
  /** Makes or renews the certificate where that is needed; the Role for it must be there. */
  ensure(tcp: LiveTenantControlPlane): Promise<CredentialState>;
  /** Deletes the Secret where it is ours. */
  remove(tcp: LiveTenantControlPlane): Promise<void>;
  /** The TenantControlPlane of this key is gone. */
  forget(key: string): void;
}

export interface ClientCertificatesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The date, for certificates. */
  readonly today: () => Date;
  readonly onIssued: (tcp: TenantControlPlane, why: string, issued: IssuedCertificate) => void;
}

/** What is remembered of a certificate that was seen: never its key. */
interface Known {
  /** Of the TenantControlPlane. */
  readonly uid: string;
  readonly issued: IssuedCertificate;
  readonly renewAt: Date;
  readonly seenAt: number;
}

type Stored =
  | {readonly found: 'usable'; readonly known: Known}
  | {readonly found: 'missing'}
  | {readonly found: 'unusable'; readonly why: string; readonly secret: unknown}
  | {readonly found: 'foreign'; readonly why: string};

/** A Secret cannot be watched by name, so each is looked at again after this long. */
const COMPARE_MS = 300_000;
/** So long after our own binding a 403 is the authorizer's lag and not a missing right. */
const AUTHORIZER_LAG_MS = 5000;
const AUTHORIZER_RETRY_MS = 250;
const REFUSED_RETRY_MS = 10_000;

export function createClientCertificates({
  client,
  clock,
  today,
  onIssued,
}: ClientCertificatesOptions): ClientCertificates {
  /** By the key of the TenantControlPlane. */
  const known = new Map<string, Known>();
  const refusedSince = new Map<string, number>();
  return {ensure, remove, forget};

  async function ensure(tcp: LiveTenantControlPlane): Promise<CredentialState> {
    const waiting = (
      why: string,
      more: {checkAgainMs?: number; refusal?: CredentialRefusal} = {},
    ): CredentialState => ({
      state: 'waiting',
      credential: dedicatedCredential(tcp),
      why,
      ...more,
    });
    const untrusted = (why: string): CredentialState =>
      waiting(why, {
        refusal: {code: 'authority-untrusted', secretName: authoritySecretName(tcp.name), why},
        checkAgainMs: COMPARE_MS,
      });
    const {authority} = tcp;
    if (authority === undefined) return waiting('Kamaji has not made its CA yet');
    const misnamed = distrustOfStatus(authority, authoritySecretName(tcp.name));
    if (misnamed !== undefined) return untrusted(misnamed);
    const remembered = known.get(tcp.key);
    if (remembered !== undefined && isCurrent(remembered, tcp)) return ready(tcp, remembered);
    try {
      const stored = await readStored(tcp, authority.checksum);
      refusedSince.delete(tcp.key);
      if (stored.found === 'usable') return ready(tcp, remember(tcp, stored.known));
      if (stored.found === 'foreign') {
        const refusal = {code: 'secret-foreign', secretName: clientSecretName(tcp.name)} as const;
        return waiting(stored.why, {refusal, checkAgainMs: COMPARE_MS});
      }
      const ca = await readAuthority(tcp, authority.checksum);
      if (typeof ca === 'string') return untrusted(ca);
      return ready(tcp, remember(tcp, await issue(tcp, ca, stored)));
    } catch (error) {
      if (!isForbidden(error)) throw error;
      if (isLag(tcp)) {
        return waiting('the API server does not know our right on its Secrets yet', {
          checkAgainMs: AUTHORIZER_RETRY_MS,
        });
      }
      const refusal = {code: 'rights-missing'} as const;
      return waiting('the API server refuses us its Secrets', {refusal, checkAgainMs: REFUSED_RETRY_MS});
    }
  }

  async function remove(tcp: LiveTenantControlPlane): Promise<void> {
    forget(tcp.key);
    const key = {namespace: tcp.namespace, name: clientSecretName(tcp.name)};
    const secret = await getSecret(key.namespace, key.name);
    if (secret === undefined || !isOurs(secret, tcp)) return;
    const {uid, resourceVersion} = identity(secret);
    await client.delete(SECRETS, key, {uid, resourceVersion});
  }

  function forget(key: string): void {
    known.delete(key);
    refusedSince.delete(key);
  }

  function isCurrent({uid, issued, renewAt, seenAt}: Known, tcp: LiveTenantControlPlane): boolean {
    if (uid !== tcp.uid || issued.authorityChecksum !== tcp.authority?.checksum) return false;
    return today() < renewAt && clock.now() - seenAt < COMPARE_MS;
  }

  function ready(tcp: LiveTenantControlPlane, {issued, renewAt, seenAt}: Known): CredentialState {
    const untilCompare = COMPARE_MS - (clock.now() - seenAt);
    const untilRenewal = renewAt.getTime() - today().getTime();
    return {
      state: 'ready',
      credential: dedicatedCredential(tcp, issued),
      checkAgainMs: Math.max(0, Math.min(untilCompare, untilRenewal)),
    };
  }

  function remember(tcp: LiveTenantControlPlane, found: Known): Known {
    known.set(tcp.key, found);
    return found;
  }

  function isLag(tcp: LiveTenantControlPlane): boolean {
    const since = refusedSince.get(tcp.key) ?? clock.now();
    refusedSince.set(tcp.key, since);
    return clock.now() - since < AUTHORIZER_LAG_MS;
  }

  async function readStored(tcp: LiveTenantControlPlane, checksum: string): Promise<Stored> {
    const name = clientSecretName(tcp.name);
    const secret = await getSecret(tcp.namespace, name);
    if (secret === undefined) return {found: 'missing'};
    if (!isOurs(secret, tcp)) return {found: 'foreign', why: `a Secret ${name} that is not ours is in the way`};
    const unusable = (why: string): Stored => ({found: 'unusable', why, secret});
    const signedBy = stringAt(secret, 'metadata', 'annotations', AUTHORITY_CHECKSUM);
    if (signedBy !== checksum) return unusable('the CA of the tenant has changed');
    const pair = {certificate: decode(secret, CERTIFICATE_KEY), privateKey: decode(secret, PRIVATE_KEY_KEY)};
    const facts = inspectClientCertificate(pair, decode(secret, AUTHORITY_KEY));
    if (facts === undefined) return unusable('the Secret was edited');
    if (facts.renewAt <= today()) return unusable('two thirds of its life are over');
    const issued = {certificate: pair.certificate, notAfter: facts.notAfter, authorityChecksum: checksum};
    return {found: 'usable', known: {uid: tcp.uid, issued, renewAt: facts.renewAt, seenAt: clock.now()}};
  }

  /** The tenant's CA, or why this Secret cannot be trusted to be it. */
  async function readAuthority(tcp: LiveTenantControlPlane, checksum: string): Promise<KeyPair | string> {
    const secretName = authoritySecretName(tcp.name);
    const secret = await getSecret(tcp.namespace, secretName);
    const distrust = distrustOfAuthority(secret, {secretName, uid: tcp.uid, checksum});
    if (distrust !== undefined) return distrust;
    return {certificate: decode(secret, 'ca.crt'), privateKey: decode(secret, 'ca.key')};
  }

  async function issue(
    tcp: LiveTenantControlPlane,
    ca: KeyPair,
    stored: Exclude<Stored, {found: 'usable' | 'foreign'}>,
  ): Promise<Known> {
    const pair = await issueClientCertificate({authority: ca, commonName: dedicatedCommonName(tcp), now: today()});
    const facts = inspectClientCertificate(pair, ca.certificate);
    if (facts === undefined) throw new Error('the certificate that was just issued cannot be used');
    const authorityChecksum = tcp.authority?.checksum ?? '';
    const secret = clientSecret(tcp, {...pair, authority: ca.certificate, authorityChecksum});
    if (stored.found === 'missing') await client.create(SECRETS, tcp.namespace, secret);
    else
      await client.patch(
        SECRETS,
        {namespace: tcp.namespace, name: secret.metadata.name},
        replacement(secret, stored.secret),
      );
    const issued = {certificate: pair.certificate, notAfter: facts.notAfter, authorityChecksum};
    onIssued(tcp, stored.found === 'missing' ? 'there was none' : stored.why, issued);
    return {uid: tcp.uid, issued, renewAt: facts.renewAt, seenAt: clock.now()};
  }

  async function getSecret(namespace: string, name: string): Promise<unknown> {
    return client.get(SECRETS, {namespace, name}).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }
}

/** In place: prometheus-operator drops a monitor whose Secret is gone, if only for a moment. Other people's annotations stay. */
function replacement({data, metadata}: ClientSecret, live: unknown): Operation[] {
  const {uid, resourceVersion} = identity(live);
  const annotations = Object.entries(metadata.annotations ?? {});
  return [
    {op: 'test', path: '/metadata/uid', value: uid},
    {op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion},
    {op: 'add', path: '/data', value: data},
    ...(dig(live, 'metadata', 'annotations') === undefined
      ? [{op: 'add', path: '/metadata/annotations', value: metadata.annotations} as const]
      : annotations.map(
          ([key, value]) =>
            ({op: 'add', path: `/metadata/annotations/${jsonpatch.escapePathComponent(key)}`, value}) as const,
        )),
  ];
}

function isOurs(secret: unknown, {uid}: LiveTenantControlPlane): boolean {
  return stringAt(secret, 'type') === CLIENT_SECRET_TYPE && isOurSecret(secret, uid);
}

function identity(object: unknown): {readonly uid: string; readonly resourceVersion: string} {
  return {
    uid: stringAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: stringAt(object, 'metadata', 'resourceVersion') ?? '',
  };
}

function decode(secret: unknown, key: string): string {
  return Buffer.from(stringAt(secret, 'data', key) ?? '', 'base64').toString('utf8');
}
