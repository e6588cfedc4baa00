import {readFile} from 'node:fs/promises';
import {Agent, request} from 'undici';
import type {PrometheusConfig} from '../config.ts';
import {ConfigurationError} from '../errors.ts';
import type {KubeClient} from '../kube/client.ts';
import {PrometheusError, type Transport} from './api.ts';

const TIMEOUT_MS = 10_000;

export interface DirectTransport {
  readonly transport: Transport;
  close(): Promise<void>;
}

/**
 * Requests to the URL of the configuration. The token is read again for each, because it is renewed in its file.
 *
 * @throws {ConfigurationError} where the file of the CA cannot be read
 */
export async function directTransport({url, caFile, bearerTokenFile}: PrometheusConfig): Promise<DirectTransport> {
  const ca = caFile === '' ? undefined : await read('prometheus.caFile', caFile);
  const dispatcher = new Agent({connect: ca === undefined ? {} : {ca}});
  return {
    async transport(path) {
      const token = bearerTokenFile === '' ? undefined : await read('prometheus.bearerTokenFile', bearerTokenFile);
      try {
        const response = await request(url.replace(/\/+$/, '') + path, {
          dispatcher,
          headers: {accept: 'application/json', ...(token !== undefined && {authorization: `Bearer ${token.trim()}`})},
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        return {status: response.statusCode, text: await response.body.text()};
      } catch (cause) {
        throw new PrometheusError('unreachable', `${url} cannot be reached (${rootMessage(cause)})`, {cause});
      }
    },
    close: () => dispatcher.close(),
  };
}

export interface ServiceProxy {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly https: boolean;
  readonly routePrefix: string;
}

/** Requests through the API server to a Service, with the rights of whoever asks. */
export function serviceProxyTransport(client: KubeClient, proxy: ServiceProxy): Transport {
  const {namespace, service, port, https, routePrefix} = proxy;
  const root = `/api/v1/namespaces/${namespace}/services/${https ? 'https' : 'http'}:${service}:${port}/proxy${routePrefix}`;
  return async (path) => {
    const {status, text} = await client.raw(root + path).catch((cause: unknown) => {
      throw new PrometheusError('unreachable', (cause as Error).message, {cause});
    });
    if (status === 403 && text.includes('services/proxy')) {
      throw new PrometheusError('refused', `you may not use services/proxy in the namespace ${namespace}`);
    }
    if (status === 503 && text.includes('no endpoints available'))
      throw new PrometheusError('unreachable', `the Service ${namespace}/${service} has no pod that answers`);
    return {status, text};
  };
}

async function read(key: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new ConfigurationError(`${key} ${file}: cannot be read (${cause.code})`, {cause});
  });
}

function rootMessage(error: unknown): string {
  const {cause, code, message} = error as NodeJS.ErrnoException;
  return cause instanceof Error ? rootMessage(cause) : (code ?? message);
}
