import {numberAt, stringAt} from '../json.ts';

/** The API server refused a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** `reason` of the Status object, such as `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`. */
  readonly reason: string;
  /** What `Retry-After` asks for. */
  readonly retryAfterMs: number | undefined;

  constructor(what: string, status: number, body: unknown, retryAfter?: string) {
    super(`${what}: ${status} ${stringAt(body, 'message') ?? stringAt(body, 'reason') ?? 'without a message'}`);
    this.status = status;
    this.reason = stringAt(body, 'reason') ?? '';
    const seconds = numberAt(body, 'details', 'retryAfterSeconds') ?? Number(retryAfter);
    this.retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  }
}

/** The API server could not be reached, or went away in the middle. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(what: string, cause: unknown) {
    const {code, message} = rootCause(cause);
    super(`${what}: ${code ?? message}`, {cause});
  }
}

function rootCause(error: unknown): {code?: string; message: string} {
  if (!(error instanceof Error)) return {message: String(error)};
  if (error.cause instanceof Error) return rootCause(error.cause);
  const {code} = error as NodeJS.ErrnoException;
  return {message: error.message, ...(code !== undefined && {code})};
}

/** Whether the object is not there, or its whole kind is not (no CRD). */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'AlreadyExists';
}

/** The object is not what it was when the change was planned: a stale resourceVersion, or a `test` that failed. */
export function isOutdated(error: unknown): boolean {
  return error instanceof ApiError && !isAlreadyExists(error) && (error.status === 409 || error.status === 422);
}

/** The resourceVersion is too old to be continued from. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

/** Nothing can be created any more in a namespace that is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isForbidden(error) && (error as ApiError).message.includes('because it is being terminated');
}
