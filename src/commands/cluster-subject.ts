import {systemClock} from '../clock.ts';
import {NAMESPACES, TENANT_CONTROL_PLANES} from '../companion/resources.ts';
import {ClusterError} from '../errors.ts';
import {createClient, type ObjectKey} from '../kube/client.ts';
import {loadKubeConfig} from '../kube/connection.ts';
import {ApiError} from '../kube/errors.ts';
import type {Resource} from '../kube/resource.ts';
import {parseTenantControlPlane} from '../tenant-control-plane.ts';
import {parseNamespace, type Subject} from './subject.ts';

/**
 * Reads a TenantControlPlane and its Namespace with the user's kubeconfig.
 *
 * @throws {ConfigurationError} where the kubeconfig cannot be used
 * @throws {ClusterError} where the cluster does not have them or does not give them
 */
export async function fetchSubject(key: ObjectKey, kubeconfig: string | undefined): Promise<Subject> {
  const connection = loadKubeConfig(kubeconfig, systemClock);
  const {server} = connection;
  const client = createClient(connection);
  const {namespace, name} = key;
  try {
    const tcp = await described(client.get(TENANT_CONTROL_PLANES, key), `${namespace}/${name}`, TENANT_CONTROL_PLANES);
    const its = await described(client.get(NAMESPACES, {name: namespace}), namespace, NAMESPACES);
    return {tcp: parseTenantControlPlane(tcp), namespace: parseNamespace(its)};
  } finally {
    await connection.close();
  }

  async function described(reading: Promise<unknown>, name: string, resource: Resource): Promise<unknown> {
    return reading.catch((cause: unknown) => {
      throw new ClusterError(`${server}: ${problem(cause, `${resource.kind} ${name}`, resource)}`, {cause});
    });
  }
}

/** The cause may be of any kind: other programs make the credentials of some kubeconfigs. */
function problem(cause: unknown, what: string, {plural, group}: Resource): string {
  if (cause instanceof ApiError && cause.reason === 'NotFound') return `there is no ${what}`;
  if (cause instanceof ApiError && cause.status === 404) {
    return `no ${plural}.${group} here: is this the management cluster, and is Kamaji installed?`;
  }
  const message = String(cause instanceof Error ? cause.message : cause).split('\n', 1)[0];
  const cure = cause instanceof ApiError ? '' : '; --kubeconfig or KUBECONFIG name another cluster';
  return `${what} cannot be read: ${message}${cure}`;
}
