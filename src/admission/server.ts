import Fastify, {type FastifyInstance} from 'fastify';
import type {Logger} from 'pino';
import {mutate} from './mutation.ts';
import {type AdmissionRequest, type AdmissionReview, decodeReview, patched, unchanged} from './review.ts';

export interface WebhookServerOptions {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly logger: Logger;
}

/** Two objects of 3 MiB each, the API server's limit, and room for the rest; controller-runtime reads as much. */
const BODY_LIMIT_BYTES = 7 * 1024 * 1024;
/** Longer than the 90 s for which the API server keeps an idle connection: it does not send again on one that we closed. */
const KEEP_ALIVE_MS = 120_000;

/** The two paths are the two entries of the MutatingWebhookConfiguration; one handler serves both. */
const PATHS = ['/mutate', '/mutate/namespace'];

/** The webhook over HTTPS, not yet listening. */
export function createWebhookServer({certificate, privateKey, logger}: WebhookServerOptions): FastifyInstance {
  const server = Fastify({
    https: {cert: certificate, key: privateKey, minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1']},
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A call that arrives while we close is answered like any other.
    return503OnClosing: false,
    logger: false,
  });
  // Fastify's own parser refuses `__proto__` keys, which the API server stores; nothing here merges objects.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', {parseAs: 'string'}, (_request, body, done) => {
    try {
      done(null, JSON.parse(body.toString()));
    } catch {
      done(Object.assign(new Error('the body is no JSON'), {statusCode: 400}));
    }
  });
  for (const path of PATHS) {
    server.post(path, async (request, reply) => {
      const review = decodeReview(request.body);
      if (typeof review === 'string') return reply.code(400).send({error: review});
      return answer(review, logger);
    });
  }
  return server;
}

function answer(request: AdmissionRequest, logger: Logger): AdmissionReview {
  try {
    const mutation = mutate(request);
    const {name, namespace, dryRun, uid} = request;
    logger.info(
      {namespace, name, dryRun, uid, action: mutation.action, ...('reason' in mutation && {reason: mutation.reason})},
      'admission',
    );
    if (mutation.action === 'annotate') return patched(uid, [mutation.operation]);
    return unchanged(uid, mutation.reason === 'invalid-value' ? [mutation.warning] : []);
  } catch (error) {
    logger.error({err: error, uid: request.uid}, 'admission failed, the object passes unchanged');
    return unchanged(request.uid);
  }
}
