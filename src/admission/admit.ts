import type {Logger} from 'pino';
import type {AdmissionMetrics} from './metrics.ts';
import type {Mutation} from './mutation.ts';
import {type AdmissionRequest, type AdmissionReview, patched, unchanged} from './review.ts';

export interface AdmitOptions {
  readonly mutate: (request: AdmissionRequest) => Mutation;
  readonly metrics: AdmissionMetrics;
  readonly logger: Logger;
}

/** The longest name that Kubernetes stores; what is sent to us is not stored yet and may be a megabyte. */
const LOGGED_LENGTH = 253;

/** Answers a review. Never throws: whatever goes wrong here, the object passes unchanged. */
export function admit(request: AdmissionRequest, options: AdmitOptions): AdmissionReview {
  try {
    const mutation = options.mutate(request);
    const answer = toReview(request.uid, mutation);
    report(request, mutation, options);
    return answer;
  } catch (error) {
    return failOpen(request, error, options);
  }
}

function toReview(uid: string, mutation: Mutation): AdmissionReview {
  if (mutation.action === 'annotate') return patched(uid, [mutation.operation], mutation.reason);
  return unchanged(uid, mutation.reason, mutation.reason === 'invalid-value' ? [mutation.warning] : []);
}

/** A dry run changes nothing, so it is logged as one and not counted. */
function report(request: AdmissionRequest, {action, reason}: Mutation, {metrics, logger}: AdmitOptions): void {
  const {dryRun} = request;
  if (!dryRun) metrics.decided(action, reason);
  logger.info({...subject(request), dryRun, action, reason}, 'admission');
}

function failOpen(request: AdmissionRequest, error: unknown, {metrics, logger}: AdmitOptions): AdmissionReview {
  metrics.failed();
  try {
    logger.error({err: error, ...subject(request)}, 'admission failed, the object passes unchanged');
  } catch {
    // Where no line can be written, the counter tells of it.
  }
  return unchanged(request.uid, 'failed');
}

function subject({namespace, name, uid}: AdmissionRequest): object {
  const [shownNamespace, shownName, shownUid] = [namespace, name, uid].map((text) => text.slice(0, LOGGED_LENGTH));
  return {namespace: shownNamespace, name: shownName, uid: shownUid};
}
