import jsonpatch, {type AddOperation} from 'fast-json-patch';
import {dig, isObject} from '../json.ts';
import {ENABLED} from '../names.ts';
import {printableJson} from '../printable.ts';
import {enabledAnnotation, KAMAJI_GROUP, TENANT_CONTROL_PLANE_KIND} from '../tenant-control-plane.ts';
import type {AdmissionRequest} from './review.ts';

/** What is done with an object, and why; the reason is the same word in the log, the audit log and the metrics. */
export type Mutation =
  | {readonly action: 'annotate'; readonly reason: 'undecided'; readonly operation: AddOperation<unknown>}
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
  if (!concernsTenantControlPlane(request)) return {action: 'leave', reason: 'not-a-tenant-control-plane'};
  const value = enabledAnnotation(request.object);
  if (value === 'true' || value === 'false') return {action: 'leave', reason: 'decided'};
  if (value !== undefined) return {action: 'leave', reason: 'invalid-value', warning: invalidValue(value)};
  return annotate(dig(request.object, 'metadata'));
}

function concernsTenantControlPlane({kind, group, subresource}: AdmissionRequest): boolean {
  return kind === TENANT_CONTROL_PLANE_KIND && group === KAMAJI_GROUP && subresource === '';
}

function annotate(metadata: unknown): Mutation {
  if (!isObject(metadata)) return {action: 'leave', reason: 'not-annotatable'};
  const annotations = metadata.annotations ?? undefined;
  if (annotations === undefined) return add('/metadata/annotations', {[ENABLED]: 'true'});
  if (!isObject(annotations)) return {action: 'leave', reason: 'not-annotatable'};
  return add(`/metadata/annotations/${jsonpatch.escapePathComponent(ENABLED)}`, 'true');
}

function add(path: string, value: unknown): Mutation {
  return {action: 'annotate', reason: 'undecided', operation: {op: 'add', path, value}};
}

/** The API server drops a warning with control characters, so they are escaped. */
function invalidValue(value: string): string {
  const shown = printableJson(JSON.stringify(value.length > 32 ? `${value.slice(0, 32)}…` : value));
  return `${ENABLED}: ${shown} is neither "true" nor "false": this TenantControlPlane is not monitored`;
}
