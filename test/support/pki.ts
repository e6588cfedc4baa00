import {createPrivateKey, randomBytes, webcrypto} from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateAuthority extends KeyPair {
  issue(request: CertificateRequest): Promise<KeyPair>;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** The groups of a client. */
  readonly organizations?: readonly string[];
  readonly usage: 'client' | 'server';
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** EC for speed; RSA as kubeadm has it, with keys in PKCS#1. */
export type KeyType = 'ec' | 'rsa';

const EC = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const BACKDATE_MS = 300_000;
const YEAR_MS = 365 * 86_400_000;

/** A certificate authority with the extensions that kubeadm writes. */
export async function createAuthority(
  commonName: string,
  keyType: KeyType,
  ageMs = BACKDATE_MS,
): Promise<CertificateAuthority> {
  const algorithm = keyType === 'ec' ? EC : RSA;
  const keys = await generateKeys(algorithm);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...lifetime(10 * YEAR_MS, ageMs),
    name: [{CN: [commonName]}],
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{type: 'dns', value: commonName}]),
    ],
  });
  return {
    certificate: pem(certificate),
    privateKey: await privateKeyPem(keys.privateKey, keyType),
    async issue({commonName: name, organizations = [], usage, dnsNames = [], ipAddresses = []}) {
      const own = await generateKeys(algorithm);
      const names = [
        ...dnsNames.map((value) => ({type: 'dns', value}) as const),
        ...ipAddresses.map((value) => ({type: 'ip', value}) as const),
      ];
      const leaf = await x509.X509CertificateGenerator.create({
        ...lifetime(YEAR_MS),
        subject: [...organizations.map((group) => ({O: [group]})), {CN: [name]}],
        issuer: certificate.subject,
        signingAlgorithm: algorithm,
        signingKey: keys.privateKey,
        publicKey: own.publicKey,
        extensions: [
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
          new x509.ExtendedKeyUsageExtension([
            usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
          ]),
          new x509.BasicConstraintsExtension(false, undefined, true),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        ],
      });
      return {certificate: pem(leaf), privateKey: await privateKeyPem(own.privateKey, keyType)};
    },
  };
}

/** The key with which service account tokens are signed. */
export async function createSigningKey(): Promise<string> {
  return privateKeyPem((await generateKeys(EC)).privateKey, 'ec');
}

function lifetime(ms: number, ageMs = BACKDATE_MS): {serialNumber: string; notBefore: Date; notAfter: Date} {
  const serial = randomBytes(8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(Date.now() - ageMs),
    notAfter: new Date(Date.now() + ms),
  };
}

async function generateKeys(algorithm: typeof EC | typeof RSA): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey, keyType: KeyType): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const type = keyType === 'rsa' ? 'pkcs1' : 'sec1';
  return createPrivateKey({key: pkcs8, format: 'der', type: 'pkcs8'}).export({format: 'pem', type}).toString();
}
