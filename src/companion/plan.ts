import {isDeepStrictEqual} from 'node:util';
import jsonpatch, {type Operation} from 'fast-json-patch';
import type {Preconditions} from '../kube/client.ts';
import type {DesiredObject} from '../monitoring/desired.ts';
import type {Child} from './cached.ts';
import {ownership} from './ownership.ts';
import {CHILD_KINDS} from './resources.ts';

/** What is to be done with one object. */
export type Plan =
  | {readonly action: 'nothing'}
  | {readonly action: 'create'; readonly object: DesiredObject}
  | {readonly action: 'patch'; readonly operations: readonly Operation[]; readonly changes: readonly string[]}
  | {readonly action: 'delete'; readonly preconditions: Preconditions; readonly why: string}
  | {readonly action: 'conflict'; readonly why: string};

/** How `live` becomes `object`. `uid` is that of the TenantControlPlane. */
export function plan(object: DesiredObject, live: Child | undefined, uid: string): Plan {
  if (live === undefined) return {action: 'create', object};
  if (live.deleting) return {action: 'nothing'};
  const owner = ownership(live, uid);
  if (owner.whose === 'foreign') return {action: 'conflict', why: owner.why};

  const {owned, immutable} = CHILD_KINDS[object.kind];
  const differing = owned.filter((pointer) => !isDeepStrictEqual(read(live.content, pointer), read(object, pointer)));
  const stuck = differing.find((pointer) => immutable.some((fixed) => fixed === pointer));
  if (stuck !== undefined)
    return {action: 'delete', preconditions: preconditions(live), why: `${stuck} cannot be changed`};

  const changes: Operation[] = [
    ...(owner.whose === 'adoptable' ? [set('/metadata/ownerReferences', object.metadata.ownerReferences)] : []),
    ...Object.entries(object.metadata.labels)
      .filter(([label, value]) => live.labels[label] !== value)
      .map(([label, value]) => set(`/metadata/labels/${jsonpatch.escapePathComponent(label)}`, value)),
    ...differing.map((pointer) => set(pointer, read(object, pointer))),
  ];
  if (changes.length === 0) return {action: 'nothing'};
  return {action: 'patch', operations: [...guard(live), ...changes], changes: changes.map(({path}) => path)};
}

/** How an object that is no longer wanted goes; one that is not ours stays. */
export function planRemoval(live: Child, uid: string, why: string): Plan {
  if (live.deleting || ownership(live, uid).whose !== 'ours') return {action: 'nothing'};
  return {action: 'delete', preconditions: preconditions(live), why};
}

/** Makes the API server refuse the patch when the object is another one, or no longer as it was read. */
function guard({uid, resourceVersion}: Child): Operation[] {
  return [
    {op: 'test', path: '/metadata/uid', value: uid},
    {op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion},
  ];
}

function preconditions({uid, resourceVersion}: Child): Preconditions {
  return {uid, resourceVersion};
}

/** `add` replaces a member that is there, so a list is always written as a whole. */
function set(path: string, value: unknown): Operation {
  return {op: 'add', path, value};
}

function read(object: object, pointer: string): unknown {
  try {
    return jsonpatch.getValueByPointer(object, pointer);
  } catch {
    return undefined;
  }
}
