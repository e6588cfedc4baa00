import {isObject, type JsonObject, stringAt} from '../../src/json.ts';
import type {Api} from './api.ts';
import {waitFor} from './wait.ts';

const LABEL = 'kamaji-monitoring.io/tenant-control-plane';
const PATHS = {
  Role: (namespace: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  RoleBinding: (namespace: string) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
  Service: (namespace: string) => `/api/v1/namespaces/${namespace}/services`,
  ServiceMonitor: (namespace: string) => `/apis/monitoring.coreos.com/v1/namespaces/${namespace}/servicemonitors`,
};

export type Kind = keyof typeof PATHS;
export const KINDS = Object.keys(PATHS) as readonly Kind[];

/** The path of a kind in a namespace, or of one object. */
export function childPath(kind: Kind, namespace: string, name?: string): string {
  return name === undefined ? PATHS[kind](namespace) : `${PATHS[kind](namespace)}/${name}`;
}

/** What the controller grants itself is beside the four. */
const ISSUER = 'kamaji-monitoring-issuer-';

/** The four objects of the guide that carry the label of one TCP, by kind. */
export async function objectsOf(
  api: Api,
  namespace: string,
  tcp: string,
): Promise<Readonly<Partial<Record<Kind, JsonObject>>>> {
  const found = await Promise.all(
    KINDS.map(async (kind) => {
      const objects = await api.list(`${PATHS[kind](namespace)}?labelSelector=${LABEL}%3D${tcp}`);
      return [kind, objects.find((object) => !stringAt(object, 'metadata', 'name')?.startsWith(ISSUER))] as const;
    }),
  );
  return Object.fromEntries(found.filter(([, object]) => isObject(object)));
}

/** Waits until exactly these kinds are there for a TCP. @returns milliseconds it took */
export async function waitForObjects(
  api: Api,
  namespace: string,
  tcp: string,
  kinds: readonly Kind[] = KINDS,
  timeoutMs = 10_000,
): Promise<number> {
  const startedAt = performance.now();
  await waitFor(
    `${kinds.join(', ') || 'nothing'} for ${namespace}/${tcp}`,
    async () => {
      const found = Object.keys(await objectsOf(api, namespace, tcp));
      return found.length === kinds.length && kinds.every((kind) => found.includes(kind));
    },
    {timeoutMs},
  );
  return performance.now() - startedAt;
}
