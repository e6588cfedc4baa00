import type {Operation} from 'fast-json-patch';
import {dig, isObject, stringAt} from '../json.ts';

export const ADMISSION_API_VERSION = 'admission.k8s.io/v1';

/** What we read of an AdmissionReview's request. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  /** Kind and group of the object as the webhook was registered for it. */
  readonly kind: string;
  readonly group: string;
  /** `status`, `scale`, …; empty for the object itself. */
  readonly subresource: string;
  /** Empty when the API server has yet to make one (`generateName`). */
  readonly name: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly object: unknown;
}

export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: true;
  readonly patchType?: 'JSONPatch';
  /** Base64 of a JSON patch. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  /** In the audit log each key follows the webhook entry's name and a slash. */
  readonly auditAnnotations: {readonly reason: string};
}

export interface AdmissionReview {
  readonly apiVersion: typeof ADMISSION_API_VERSION;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

/** Reads a review; a text says why it is none. The API server always sends what is asked for here. */
export function decodeReview(body: unknown): AdmissionRequest | string {
  if (!isObject(body)) return 'the body is no JSON object';
  if (body.kind !== 'AdmissionReview') return 'kind is not AdmissionReview';
  if (body.apiVersion !== ADMISSION_API_VERSION) return `apiVersion is not ${ADMISSION_API_VERSION}`;
  const {request} = body;
  if (!isObject(request)) return 'request is missing';
  const uid = stringAt(request, 'uid');
  if (!uid) return 'request.uid is missing';
  return {
    uid,
    operation: stringAt(request, 'operation') ?? '',
    kind: stringAt(request, 'kind', 'kind') ?? '',
    group: stringAt(request, 'kind', 'group') ?? '',
    subresource: stringAt(request, 'subResource') ?? '',
    name: stringAt(request, 'name') ?? stringAt(request, 'object', 'metadata', 'name') ?? '',
    namespace: stringAt(request, 'namespace') ?? '',
    dryRun: dig(request, 'dryRun') === true,
    object: dig(request, 'object'),
  };
}

export function unchanged(uid: string, reason: string, warnings: readonly string[] = []): AdmissionReview {
  return review({uid, allowed: true, ...(warnings.length > 0 && {warnings}), auditAnnotations: {reason}});
}

/** `patch` and `patchType` come together or not at all, or the API server refuses the answer. */
export function patched(uid: string, operations: readonly Operation[], reason: string): AdmissionReview {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return review({uid, allowed: true, patchType: 'JSONPatch', patch, auditAnnotations: {reason}});
}

function review(response: AdmissionResponse): AdmissionReview {
  return {apiVersion: ADMISSION_API_VERSION, kind: 'AdmissionReview', response};
}
