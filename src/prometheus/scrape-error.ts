/** What a target's last error says, as Go and Prometheus word it. */
export type ScrapeError =
  | {readonly kind: 'status'; readonly status: number}
  | {
      readonly kind:
        | 'refused'
        | 'unreachable'
        | 'timeout'
        | 'authority-unknown'
        | 'server-name'
        | 'server-expired'
        | 'file-missing'
        | 'limit'
        | 'other';
    };

const PATTERNS: readonly (readonly [RegExp, Exclude<ScrapeError['kind'], 'status'>])[] = [
  [/unable to (read|use specified|load specified) (client|CA)|open .*: no such file or directory/, 'file-missing'],
  [/sample limit exceeded|body size limit exceeded|label[_a-z]* ?limit|target_limit exceeded/, 'limit'],
  [/certificate signed by unknown authority|certificate is not trusted/, 'authority-unknown'],
  [/certificate is valid for|certificate is not valid for any names|doesn't contain any IP SANs/, 'server-name'],
  [/certificate has expired or is not yet valid/, 'server-expired'],
  [/connection refused/, 'refused'],
  [/dial tcp.*i\/o timeout|no route to host|network is unreachable|connection reset by peer|: EOF$/, 'unreachable'],
  [/context deadline exceeded|Client\.Timeout|i\/o timeout|TLS handshake timeout/, 'timeout'],
];

/** Sorts the text that Prometheus' API gives as `lastError` (scrape/scrape.go, net/http, crypto/x509). */
export function classifyScrapeError(text: string): ScrapeError {
  const status = /server returned HTTP status (\d{3})/.exec(text);
  if (status !== null) return {kind: 'status', status: Number(status[1])};
  return {kind: PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'};
}
