import {
  createPrivateKey,
  createPublicKey,
  X509Certificate as NodeCertificate,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ClientCertificateRequest {
  readonly authority: KeyPair;
  /** At most 64 characters (RFC 5280, ub-common-name). */
  readonly commonName: string;
  readonly now: Date;
}

export interface ClientCertificateFacts {
  readonly notAfter: Date;
  /** When it is to be replaced: after two thirds of its life. */
  readonly renewAt: Date;
}

/** Every API server binds it to the ClusterRole of the same name: metrics and health, nothing else. */
export const MONITORING_GROUP = 'system:monitoring';
const LIFETIME_MS = 90 * 86_400_000;
/** Room for clocks that differ. */
const BACKDATE_MS = 300_000;
const EC = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const RSA = {name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256'};

/**
 * A client certificate that can read metrics: EC P-256, signed with a tenant's CA (RSA in PKCS#1 as Kamaji writes it, or EC).
 *
 * @throws {Error} where the CA's certificate or key cannot be read or do not belong together, or the CA has ended
 */
export async function issueClientCertificate({authority, commonName, now}: ClientCertificateRequest): Promise<KeyPair> {
  const ca = new X509Certificate(authority.certificate);
  if (ca.notAfter <= now) throw new Error(`the CA ended at ${ca.notAfter.toISOString()}`);
  const {key: signingKey, algorithm: signingAlgorithm} = await importSigningKey(authority);
  const keys = (await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    notBefore: new Date(Math.max(now.getTime() - BACKDATE_MS, ca.notBefore.getTime())),
    notAfter: new Date(Math.min(now.getTime() + LIFETIME_MS, ca.notAfter.getTime())),
    // Structured and not as a text: a text would be parsed, and a name with a comma become two.
    subject: [{O: [MONITORING_GROUP]}, {CN: [commonName]}],
    issuer: ca.subject,
    signingAlgorithm,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      new BasicConstraintsExtension(false, undefined, true),
      ...authorityKeyIdentifier(ca),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: createPrivateKey({key: pkcs8, format: 'der', type: 'pkcs8'})
      .export({format: 'pem', type: 'pkcs8'})
      .toString(),
  };
}

/** What one must know of a stored certificate; undefined where it is none that can be used with this key and this CA. */
export function inspectClientCertificate(pair: KeyPair, ca: string): ClientCertificateFacts | undefined {
  try {
    const certificate = new NodeCertificate(pair.certificate);
    const authority = new NodeCertificate(ca);
    const isOurs = certificate.subject.split('\n').includes(`O=${MONITORING_GROUP}`);
    const isPair = certificate.checkPrivateKey(createPrivateKey(pair.privateKey));
    if (!isOurs || !isPair || !certificate.verify(authority.publicKey)) return undefined;
    const [from, until] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    return {notAfter: new Date(until), renewAt: new Date(from + ((until - from) * 2) / 3)};
  } catch {
    return undefined;
  }
}

/** Copied and not computed: Go 1.25 and newer identify keys by another hash than SHA-1, and OpenSSL refuses what differs. */
function authorityKeyIdentifier(ca: X509Certificate): readonly AuthorityKeyIdentifierExtension[] {
  const identifier = ca.getExtension(SubjectKeyIdentifierExtension);
  return identifier === null ? [] : [new AuthorityKeyIdentifierExtension(identifier.keyId)];
}

/** WebCrypto knows PKCS#8 only, Kamaji writes PKCS#1. */
async function importSigningKey({certificate, privateKey}: KeyPair) {
  const key = createPrivateKey(privateKey);
  if (!new NodeCertificate(certificate).checkPrivateKey(key))
    throw new Error('the CA’s certificate and key are no pair');
  const type = createPublicKey(key).asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ec') throw new Error(`the CA’s key is of the type ${type}, which cannot sign here`);
  const namedCurve = key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256';
  const algorithm = type === 'rsa' ? RSA : {...EC, namedCurve};
  const pkcs8 = key.export({format: 'der', type: 'pkcs8'});
  return {algorithm, key: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])};
}

/** Positive, 64 bits, as RFC 5280 asks for. */
function serialNumber(): string {
  const bytes = randomBytes(8);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
