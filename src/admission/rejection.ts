/** A request that is answered with an HTTP status and no review; what happens to the object is the failure policy's part. */
export class Rejection extends Error {
  readonly statusCode: 400 | 408 | 413 | 415 | 503;

  constructor(statusCode: Rejection['statusCode'], message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}
