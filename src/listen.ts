import type {FastifyInstance} from 'fastify';
import {InputError} from './errors.ts';

/**
 * Listens on every address, on hosts without IPv6 on every IPv4 address. Returns the server's URL.
 *
 * @throws {InputError} where the port cannot be had
 */
export async function listenEverywhere(server: Pick<FastifyInstance, 'listen'>, port: number): Promise<string> {
  try {
    return await server.listen({host: '::', port});
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new InputError(`port ${port} is in use by another process`);
    if (code === 'EACCES') throw new InputError(`port ${port} may not be used by this user`);
    if (code !== 'EAFNOSUPPORT') throw error;
    return server.listen({host: '0.0.0.0', port});
  }
}
