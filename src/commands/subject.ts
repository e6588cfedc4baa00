import {stringAt} from '../json.ts';
import {readManifests} from '../manifests.ts';
import {ENABLED} from '../names.ts';
import {
  isTenantControlPlane,
  obstacle,
  parseTenantControlPlane,
  type TenantControlPlane,
} from '../tenant-control-plane.ts';

/** A TenantControlPlane that a command was asked about, and the Namespace that decides with it. */
export interface Subject {
  readonly tcp: TenantControlPlane;
  /** Undefined where manifests leave the Namespace out. */
  readonly namespace: SubjectNamespace | undefined;
}

export interface SubjectNamespace {
  /** The value of its label `kamaji-monitoring.io/enabled`. */
  readonly label: string | undefined;
}

/** An object of manifests, in the order in which they hold it. */
export type Input =
  | {readonly type: 'subject'; readonly origin: string; readonly subject: Subject}
  | {readonly type: 'other'; readonly origin: string; readonly kind: string | undefined};

/**
 * Reads manifests. Namespaces that stand in the same input decide as they would in the cluster.
 *
 * @throws {InputError} naming the file and the line
 */
export async function readInputs(
  paths: readonly string[],
  stdin: AsyncIterable<string | Uint8Array>,
): Promise<readonly Input[]> {
  const manifests = [];
  for (const path of paths) manifests.push(...(await readManifests(path, stdin)));
  const namespaces = new Map<string | undefined, SubjectNamespace>();
  for (const {object} of manifests) {
    if (stringAt(object, 'kind') === 'Namespace') {
      namespaces.set(stringAt(object, 'metadata', 'name'), parseNamespace(object));
    }
  }
  return manifests.map(({origin, object}): Input => {
    if (!isTenantControlPlane(object)) return {type: 'other', origin, kind: stringAt(object, 'kind')};
    const tcp = parseTenantControlPlane(object);
    return {type: 'subject', origin, subject: {tcp, namespace: namespaces.get(tcp.namespace)}};
  });
}

export function parseNamespace(object: unknown): SubjectNamespace {
  return {label: stringAt(object, 'metadata', 'labels', ENABLED)};
}

/** As {@link obstacle}, and for a manifest that leaves its name to the API server. */
export function hindrance(tcp: TenantControlPlane): string | undefined {
  return tcp.name === '' ? 'it has no metadata.name' : obstacle(tcp);
}

export function titleOf({namespace, name}: TenantControlPlane): string {
  return `TenantControlPlane ${namespace}/${name}`;
}

export function passedOver(origin: string, kind: string | undefined): string {
  return `${origin}: passed over: ${kind ?? 'an object without kind'} is no TenantControlPlane of Kamaji\n`;
}
