import {dateAt, dig, isObject, stringAt} from '../json.ts';
import {type Labels, texts} from '../kube/label-selector.ts';
import type {Keyed} from '../kube/store.ts';
import {type PrometheusInstance, type PrometheusKind, parsePrometheus} from '../prometheus/instance.ts';
import {parseTenantControlPlane, TENANT_CONTROL_PLANE_KIND, type TenantControlPlane} from '../tenant-control-plane.ts';
import {CHILD_KINDS, type ChildKindName} from './resources.ts';

export interface CachedTenantControlPlane extends TenantControlPlane, Keyed {}

export interface CachedNamespace extends Keyed {
  readonly labels: Labels;
}

export interface CachedPrometheus extends PrometheusInstance, Keyed {}

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
}

/** An object of a kind that we make, as it is in the cluster. */
export interface Child extends Keyed {
  readonly kind: ChildKindName;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owners: readonly Owner[];
  readonly deleting: boolean;
  readonly createdAt: Date | undefined;
  /** The fields that are ours, at the top of the object: `spec`, `rules`, … */
  readonly content: Readonly<Record<string, unknown>>;
}

export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export function cacheTenantControlPlane(object: unknown): CachedTenantControlPlane {
  const tcp = parseTenantControlPlane(object);
  return {...tcp, key: keyOf(tcp.namespace, tcp.name)};
}

export function cacheNamespace(object: unknown): CachedNamespace {
  return {key: stringAt(object, 'metadata', 'name') ?? '', labels: texts(dig(object, 'metadata', 'labels'))};
}

export function cachePrometheus(kind: PrometheusKind, object: unknown): CachedPrometheus {
  const instance = parsePrometheus(kind, object);
  return {...instance, key: keyOf(instance.namespace, instance.name)};
}

export function cacheChild(kind: ChildKindName, object: unknown): Child {
  const name = stringAt(object, 'metadata', 'name') ?? '';
  const namespace = stringAt(object, 'metadata', 'namespace') ?? '';
  const owners = dig(object, 'metadata', 'ownerReferences');
  const tops = new Set(CHILD_KINDS[kind].owned.map((pointer) => pointer.split('/')[1] ?? ''));
  return {
    kind,
    name,
    namespace,
    key: keyOf(namespace, name),
    uid: stringAt(object, 'metadata', 'uid') ?? '',
    resourceVersion: stringAt(object, 'metadata', 'resourceVersion') ?? '',
    labels: texts(dig(object, 'metadata', 'labels')),
    annotations: texts(dig(object, 'metadata', 'annotations')),
    owners: Array.isArray(owners) ? owners.map(owner) : [],
    deleting: dig(object, 'metadata', 'deletionTimestamp') != null,
    createdAt: dateAt(object, 'metadata', 'creationTimestamp'),
    content: isObject(object) ? Object.fromEntries(Object.entries(object).filter(([top]) => tops.has(top))) : {},
  };
}

/** The keys of the TenantControlPlanes that own the object. */
export function owningTenantControlPlanes({namespace, owners}: Child): readonly string[] {
  return owners.filter(({kind}) => kind === TENANT_CONTROL_PLANE_KIND).map(({name}) => keyOf(namespace, name));
}

function owner(value: unknown): Owner {
  return {
    kind: stringAt(value, 'kind') ?? '',
    name: stringAt(value, 'name') ?? '',
    uid: stringAt(value, 'uid') ?? '',
    controller: dig(value, 'controller') === true,
  };
}
