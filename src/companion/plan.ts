import {isDeepStrictEqual} from 'node:util';
import jsonpatch, {type Operation} from 'fast-json-patch';
import type {Preconditions} from '../kube/client.ts';
import {type Labels, parseLabels} from '../kube/label-selector.ts';
import type {DesiredObject} from '../monitoring/desired.ts';
import {DISCOVERY_NUDGE_LABEL, PREFIX, SELECTION_LABELS} from '../names.ts';
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
    ...changesOfMap('/metadata/labels', live.labels, object.metadata.labels, ourLabels(live)),
    ...changesOfMap(
      '/metadata/annotations',
      live.annotations,
      object.metadata.annotations ?? {},
      ours(live.annotations),
    ),
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

/** Sets one label of an object that is as it was read. */
export function labelPatch(live: Child, key: string, value: string): readonly Operation[] {
  return [...guard(live), ...changesOfMap('/metadata/labels', live.labels, {[key]: value}, [])];
}

function ours(map: Labels): readonly string[] {
  return Object.keys(map).filter((key) => key.startsWith(PREFIX) && key !== DISCOVERY_NUDGE_LABEL);
}

/** Those with our prefix, and those that once made a Prometheus select the object. */
function ourLabels({labels, annotations}: Child): readonly string[] {
  const selecting = Object.entries(parseLabels(annotations[SELECTION_LABELS] ?? ''));
  return [...ours(labels), ...selecting.filter(([key, value]) => labels[key] === value).map(([key]) => key)];
}

/** Other people's keys stay; of `owned` ones none is left that is no longer wanted. */
function changesOfMap(path: string, live: Labels, wanted: Labels, owned: readonly string[]): Operation[] {
  const missing = Object.entries(wanted).filter(([key, value]) => live[key] !== value);
  const stale = owned.filter((key) => !(key in wanted));
  // An empty map may be missing altogether, and `add` needs its parent.
  if (missing.length > 0 && Object.keys(live).length === 0) return [set(path, wanted)];
  return [
    ...missing.map(([key, value]) => set(`${path}/${jsonpatch.escapePathComponent(key)}`, value)),
    ...stale.map((key): Operation => ({op: 'remove', path: `${path}/${jsonpatch.escapePathComponent(key)}`})),
  ];
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
