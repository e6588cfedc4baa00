import Fastify, {type FastifyInstance, type FastifyRequest} from 'fastify';
import type {Logger} from 'pino';
import {admit} from './admit.ts';
import {createBodyParser} from './body.ts';
import {httpsOptions, KEEP_ALIVE_MS, MAX_CONNECTIONS, type TlsMinVersion} from './limits.ts';
import type {AdmissionMetrics} from './metrics.ts';
import type {Mutation} from './mutation.ts';
import {Rejection} from './rejection.ts';
import {type AdmissionRequest, decodeReview} from './review.ts';

export interface WebhookServerOptions {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly tlsMinVersion: TlsMinVersion;
  readonly mutate: (request: AdmissionRequest) => Mutation;
  readonly metrics: AdmissionMetrics;
  readonly logger: Logger;
}

/** The two paths are the two entries of the MutatingWebhookConfiguration; one handler serves both. */
const PATHS = ['/mutate', '/mutate/namespace'];

/** The webhook over HTTPS, not yet listening. */
export function createWebhookServer(options: WebhookServerOptions): FastifyInstance {
  const server = Fastify({
    https: httpsOptions(options.certificate, options.privateKey, options.tlsMinVersion),
    requestTimeout: KEEP_ALIVE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A call that arrives while we close is answered like any other.
    return503OnClosing: false,
    logger: false,
  });
  server.server.maxConnections = MAX_CONNECTIONS;
  readBodies(server);
  answerReviews(server, options);
  answerErrors(server, options);
  countRequests(server, options.metrics);
  countConnections(server, options.metrics);
  return server;
}

/** Bodies of any other type are answered with 415 by Fastify, unread. */
function readBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parse = createBodyParser();
  server.addContentTypeParser('application/json', (request: FastifyRequest) => parse(request.raw));
}

function answerReviews(server: FastifyInstance, options: WebhookServerOptions): void {
  for (const path of PATHS) {
    server.post(path, async (request) => {
      const review = decodeReview(request.body);
      // As objects a body takes many times its bytes: it goes before the next one is parsed.
      request.body = undefined;
      if (typeof review === 'string') throw new Rejection(400, review);
      return admit(review, options);
    });
  }
}

function answerErrors(server: FastifyInstance, {metrics, logger}: WebhookServerOptions): void {
  server.setErrorHandler<Error & {statusCode?: number}>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 500) {
      metrics.failed();
      logger.error({err: error}, 'request failed');
    }
    // The API server tries again within its timeout, and because the connection ends perhaps at another replica.
    if (status === 503) reply.header('retry-after', '1').header('connection', 'close');
    return reply.code(status).send({error: status === 500 ? 'internal error' : error.message});
  });
}

function countRequests(server: FastifyInstance, metrics: AdmissionMetrics): void {
  server.addHook('onRequest', async (_request, reply) => {
    metrics.began();
    reply.raw.once('close', () => metrics.ended());
  });
  server.addHook('onResponse', async (_request, {statusCode, elapsedTime}) => {
    if (statusCode < 400) metrics.answered(elapsedTime);
    else metrics.rejected(statusCode);
  });
}

/** The causes for which Fastify answers a connection that brought no request. */
const CLIENT_ERRORS: Readonly<Record<string, number>> = {ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431};

function countConnections({server}: FastifyInstance, metrics: AdmissionMetrics): void {
  server.on('drop', () => metrics.rejected('too-many-connections'));
  server.on('tlsClientError', ({code}: NodeJS.ErrnoException) => {
    if (code !== 'ECONNRESET') metrics.rejected('tls-handshake');
  });
  server.on('clientError', ({code = ''}: NodeJS.ErrnoException) => {
    const status = CLIENT_ERRORS[code] ?? (code.startsWith('HPE_') ? 400 : undefined);
    if (status !== undefined) metrics.rejected(status);
  });
}
