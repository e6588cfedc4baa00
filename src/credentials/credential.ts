/** The client certificate with which a tenant's metrics are scraped, as keys of a Secret in the TenantControlPlane's namespace. */
export interface Credential {
  readonly secretName: string;
  readonly certificateKey: string;
  readonly privateKeyKey: string;
  /** The key that holds the CA of kube-apiserver's certificate; without one that is not verified. */
  readonly authorityKey: string | undefined;
  /** Changes whenever the certificate does; absent where no cluster tells. */
  readonly hash: string | undefined;
  /** What the ServiceMonitor tells people who may not read Secrets. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Why no certificate is issued where one should be: it does not come by waiting. */
export type CredentialRefusal =
  | {readonly code: 'authority-untrusted'; readonly secretName: string; readonly why: string}
  | {readonly code: 'secret-foreign'; readonly secretName: string}
  | {readonly code: 'rights-missing'};

/** Whether the credential is there. The one that is waited for is known but for its hash and dates. */
export type CredentialState =
  | {readonly state: 'ready'; readonly credential: Credential; readonly checkAgainMs?: number}
  | {
      readonly state: 'waiting';
      readonly credential: Credential;
      readonly why: string;
      readonly refusal?: CredentialRefusal;
      readonly checkAgainMs?: number;
    };
