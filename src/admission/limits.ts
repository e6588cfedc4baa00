import type {ServerOptions} from 'node:https';

/** Two objects of 3 MiB each, the API server's limit, and room for the rest; controller-runtime reads as much. */
export const BODY_LIMIT_BYTES = 7 * 1024 * 1024;

/** Over all requests: nine of the largest at once. Holding them takes the process from 110 to 217 MiB (measured). */
export const BUFFERED_LIMIT_BYTES = 64 * 1024 * 1024;

/** From the headers to the end of the body: no API server waits longer for a webhook (`timeoutSeconds` is at most 30). */
export const BODY_TIMEOUT_MS = 30_000;

/** 40 API servers with the 25 connections that each keeps open. */
export const MAX_CONNECTIONS = 1024;

/** Longer than the 90 s for which the API server keeps an idle connection: it does not send again on one that we closed. */
export const KEEP_ALIVE_MS = 120_000;

/** An API server's headers are under 1 KiB; this is Node's default, held against `--max-http-header-size` in NODE_OPTIONS. */
const HEADER_LIMIT_BYTES = 16 * 1024;

/** As long as the API server's own, client-go's `TLSHandshakeTimeout`. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How much later than its time a slow request ends. */
const TIMEOUT_CHECK_MS = 1000;

export const TLS_MIN_VERSIONS = {'1.2': 'TLSv1.2', '1.3': 'TLSv1.3'} as const;
export type TlsMinVersion = keyof typeof TLS_MIN_VERSIONS;

/**
 * Node counts the time for headers from the moment of the connection, also where nothing was asked yet. The API server
 * keeps such connections (it dials, then another one becomes free) as long as any idle one, so they have the same time.
 */
const HEADERS_TIMEOUT_MS = KEEP_ALIVE_MS;

/** What Node's HTTPS server is told. HTTP/1.1 only: the API server speaks nothing else to a webhook's Service. */
export function httpsOptions(certificate: string, privateKey: string, minVersion: TlsMinVersion): ServerOptions {
  return {
    cert: certificate,
    key: privateKey,
    minVersion: TLS_MIN_VERSIONS[minVersion],
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxHeaderSize: HEADER_LIMIT_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  };
}
