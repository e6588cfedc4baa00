import type {IncomingMessage} from 'node:http';
import {BODY_LIMIT_BYTES, BODY_TIMEOUT_MS, BUFFERED_LIMIT_BYTES} from './limits.ts';
import {Rejection} from './rejection.ts';

/** The bytes of bodies that are held at the moment, over all requests. */
interface Held {
  bytes: number;
}

/** Reads a request's body as JSON. One parser for the whole server, which bounds what all of them hold together. */
export function createBodyParser(): (request: IncomingMessage) => Promise<unknown> {
  const held: Held = {bytes: 0};
  return async (request) => {
    refuseEncoded(request);
    refuseTooLong(request);
    const receipt = new Receipt(held);
    try {
      return parseJson(await receive(request, receipt));
    } finally {
      receipt.release();
    }
  };
}

function refuseEncoded({headers}: IncomingMessage): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new Rejection(415, 'Content-Encoding is not identity');
}

function refuseTooLong({headers}: IncomingMessage): void {
  if (Number(headers['content-length']) > BODY_LIMIT_BYTES) throw tooLong();
}

function tooLong(): Rejection {
  return new Rejection(413, `the body is longer than ${BODY_LIMIT_BYTES} bytes`);
}

/** One body as it comes. Copied into one piece of memory, because a thousand small chunks hold a thousand large ones. */
class Receipt {
  readonly #held: Held;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(held: Held) {
    this.#held = held;
  }

  get body(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @throws {Rejection} where this body, or all of them together, would become too long */
  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > BODY_LIMIT_BYTES) throw tooLong();
    if (this.#held.bytes + chunk.length > BUFFERED_LIMIT_BYTES) throw new Rejection(503, 'too many large requests');
    this.#held.bytes += chunk.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  release(): void {
    this.#held.bytes -= this.#length;
    this.#length = 0;
  }
}

/** Stops reading at the first byte too many; what is left of the request ends with its connection. */
function receive(request: IncomingMessage, receipt: Receipt): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new Rejection(408, 'the body did not come in time')), BODY_TIMEOUT_MS);
    const onData = (chunk: Buffer) => {
      try {
        receipt.add(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = () => settle();
    const onClose = () => settle(new Rejection(400, 'the body ended early'));
    const settle = (error?: unknown) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).pause();
      if (error === undefined) resolve(receipt.body);
      else reject(error);
    };
    // 'close' follows; without a listener the error would end the process.
    request.on('error', () => {});
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

/**
 * Fastify's own parser refuses `__proto__` keys, which the API server stores; nothing here merges objects. Bytes that are
 * no UTF-8 are refused rather than replaced, and a byte order mark is passed over, as RFC 8259 allows.
 */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(body));
  } catch {
    throw new Rejection(400, 'the body is no JSON');
  }
}
