import type {Registry} from '@prometheus-io/client';
import Fastify, {type FastifyInstance} from 'fastify';

/** Why the process is not ready, in words; undefined while it is. */
export type Readiness = () => string | undefined;

/** `/healthz` (the process answers), `/readyz` and `/metrics` over plain HTTP, on a port of its own so that trouble with TLS does not hide it. */
export function createHealthServer(readiness: Readiness, registry?: Registry): FastifyInstance {
  const server = Fastify({logger: false, forceCloseConnections: true});
  server.get('/healthz', async () => 'ok\n');
  server.get('/readyz', async (_request, reply) => {
    const why = readiness();
    return why === undefined ? 'ok\n' : reply.code(503).send(`${why}\n`);
  });
  if (registry !== undefined) {
    server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  }
  return server;
}
