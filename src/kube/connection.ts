import type {RequestOptions} from 'node:https';
import {KubeConfig, type RequestContext} from '@kubernetes/client-node';
import {Agent} from 'undici';
import type {Clock} from '../clock.ts';
import {ConfigurationError} from '../errors.ts';

interface Session {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Readonly<Record<string, unknown>>;
  readonly requests: Agent;
  readonly watches: Agent;
  readonly readAt: number;
}

/** As often as client-go reads a token again; a service account's is renewed long before it ends. */
const CREDENTIALS_TTL_MS = 60_000;
const CONNECTIONS = 16;

/**
 * A KubeConfig whose requests share connections. The package's own opens one for every request (measured: nine times
 * the time and a growing heap); its method `applySecurityAuthentication` is the public place to mend that. Watches have
 * connections of their own, so that they never take the last one.
 */
export class PooledKubeConfig extends KubeConfig {
  readonly #clock: Clock;
  #session: Session | undefined;
  #reading: Promise<Session> | undefined;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  get server(): string {
    const server = this.getCurrentCluster()?.server;
    if (server === undefined)
      throw new ConfigurationError('the kubeconfig names no cluster: set KUBECONFIG or give --kubeconfig FILE');
    return server;
  }

  /** The namespace of the current context, as kubectl has it. */
  get namespace(): string {
    return this.getContextObject(this.currentContext)?.namespace || 'default';
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const {headers, watches, requests} = await this.session();
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
    context.setDispatcher(new URL(context.getUrl()).searchParams.has('watch') ? watches : requests);
  }

  /** Headers and connections for a request, read again when they may have changed; requests that start together share one reading. */
  async session(): Promise<Session> {
    const current = this.#session;
    if (current !== undefined && this.#clock.now() - current.readAt < CREDENTIALS_TTL_MS) return current;
    this.#reading ??= this.#replace(current).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await Promise.all([session?.requests.destroy(), session?.watches.destroy()]);
  }

  async #replace(current: Session | undefined): Promise<Session> {
    const next = await this.#read(current);
    this.#session = next;
    if (current !== undefined && current.requests !== next.requests) {
      for (const agent of [current.requests, current.watches]) agent.close().catch(() => {});
    }
    return next;
  }

  async #read(current: Session | undefined): Promise<Session> {
    const options: RequestOptions = {};
    await this.applyToHTTPSOptions(options);
    const {ca, cert, key, passphrase, rejectUnauthorized, servername} = options;
    const tls = Object.fromEntries(
      Object.entries({ca, cert, key, passphrase, rejectUnauthorized, servername}).filter(([, value]) => value != null),
    );
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const readAt = this.#clock.now();
    if (current !== undefined && JSON.stringify(current.tls) === JSON.stringify(tls))
      return {...current, headers, readAt};
    return {
      headers,
      tls,
      requests: new Agent({connections: CONNECTIONS, connect: tls}),
      watches: new Agent({connect: tls, bodyTimeout: 0}),
      readAt,
    };
  }
}

/** @throws {ConfigurationError} where the file cannot be used */
export function loadKubeConfig(file: string | undefined, clock: Clock): PooledKubeConfig {
  const config = new PooledKubeConfig(clock);
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new ConfigurationError(`${file ?? 'the kubeconfig'}: ${(cause as Error).message.split('\n', 1)[0]}`, {cause});
  }
  return config;
}
