import jsonpatch, {type AddOperation} from 'fast-json-patch';
import {dig, isObject} from '../json.ts';
import {ENABLED} from '../names.ts';
import {enabledAnnotation, KAMAJI_GROUP, TENANT_CONTROL_PLANE_KIND} from '../tenant-control-plane.ts';
import type {AdmissionRequest} from './review.ts';

export type Mutation =
  | {readonly action: 'annotate'; readonly operation: AddOperation<unknown>}
  | {
      readonly action: 'leave';
      readonly reason: 'not-a-creation' | 'not-a-tenant-control-plane' | 'decided' | 'not-annotatable';
    }
  | {readonly action: 'leave'; readonly reason: 'invalid-value'; readonly warning: string};

/**
 * Writes the decision down where the object carries none. Which undecided objects arrive here is the API server's part:
 * the webhook entries' namespaceSelectors are the enrollment policy.
 *
 * A patch that cannot be applied rejects the user's request even under `failurePolicy: Ignore` (kubernetes#129459), so
 * there is one `add` at most and its parent was seen.
 */
export function mutate(request: AdmissionRequest): Mutation {
  if (request.operation !== 'CREATE') return {action: 'leave', reason: 'not-a-creation'};
  if (request.kind !== TENANT_CONTROL_PLANE_KIND || request.group !== KAMAJI_GROUP) {
    return {action: 'leave', reason: 'not-a-tenant-control-plane'};
  }
  const value = enabledAnnotation(request.object);
  if (value === 'true' || value === 'false') return {action: 'leave', reason: 'decided'};
  if (value !== undefined) return {action: 'leave', reason: 'invalid-value', warning: invalidValue(value)};
  return annotate(dig(request.object, 'metadata'));
}

function annotate(metadata: unknown): Mutation {
  if (!isObject(metadata)) return {action: 'leave', reason: 'not-annotatable'};
  const annotations = metadata.annotations ?? undefined;
  if (annotations === undefined) {
    return {action: 'annotate', operation: {op: 'add', path: '/metadata/annotations', value: {[ENABLED]: 'true'}}};
  }
  if (!isObject(annotations)) return {action: 'leave', reason: 'not-annotatable'};
  const path = `/metadata/annotations/${jsonpatch.escapePathComponent(ENABLED)}`;
  return {action: 'annotate', operation: {op: 'add', path, value: 'true'}};
}

/** The API server drops a warning with control characters, and JSON escapes them. */
function invalidValue(value: string): string {
  const shown = JSON.stringify(value.length > 32 ? `${value.slice(0, 32)}…` : value);
  return `${ENABLED}: ${shown} is neither "true" nor "false": this TenantControlPlane is not monitored`;
}
