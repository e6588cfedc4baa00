import {generate} from 'selfsigned';

export interface ServingCertificate {
  /** PEM, the CA that API servers must trust. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface ServingCertificateOptions {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly now: Date;
  readonly days: number;
}

const DAY_MS = 86_400_000;
/** Room for clocks that differ. */
const BACKDATE_MS = 600_000;
/** The types of GeneralName in RFC 5280. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * A CA and a serving certificate of it: EC P-256 and SHA-256, because selfsigned's defaults sign with SHA-1, which the API
 * server refuses. The CA's private key is thrown away. The CA's name is unique, so that two CAs in one bundle do not hide each other.
 */
export async function issueServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  const {dnsNames, ipAddresses, now, days} = options;
  const common = {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - BACKDATE_MS),
    notAfterDate: new Date(now.getTime() + days * DAY_MS),
  } as const;
  const ca = await generate([{name: 'commonName', value: `kamaji-monitoring-ca-${now.getTime()}`}], {
    ...common,
    extensions: [
      {name: 'basicConstraints', cA: true, critical: true},
      {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
    ],
  });
  const leaf = await generate([{name: 'commonName', value: 'kamaji-monitoring-webhook'}], {
    ...common,
    ca: {key: ca.private, cert: ca.cert},
    extensions: [
      {name: 'basicConstraints', cA: false, critical: true},
      {name: 'keyUsage', digitalSignature: true, critical: true},
      {name: 'extKeyUsage', serverAuth: true},
      {
        name: 'subjectAltName',
        altNames: [
          ...dnsNames.map((value) => ({type: DNS_NAME, value}) as const),
          ...ipAddresses.map((ip) => ({type: IP_ADDRESS, ip}) as const),
        ],
      },
    ],
  });
  return {ca: ca.cert, certificate: leaf.cert, privateKey: leaf.private};
}
