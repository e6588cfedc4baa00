import {once} from 'node:events';
import type {IncomingMessage, OutgoingHttpHeaders} from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import {text} from 'node:stream/consumers';
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls';
import type {JsonObject} from '../../src/json.ts';
import {dig, isObject, stringAt} from '../../src/json.ts';
import type {WebhookProcess} from './webhook-process.ts';

export interface Question {
  readonly method?: string;
  readonly path?: string;
  /** Instead of `Content-Type: application/json`. */
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly agent?: https.Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly socket: Socket;
}

/** One request with Node's own client, on a connection of its own unless there is an agent. */
export async function ask({port, ca}: WebhookProcess, question: Question): Promise<Answer> {
  const {method = 'POST', path = '/mutate', headers = {'content-type': 'application/json'}, body} = question;
  const agent = question.agent ?? false;
  const request = https.request({host: '127.0.0.1', port, ca, method, path, headers, agent});
  const answered = once(request, 'response');
  request.end(body);
  const [response] = (await answered) as [IncomingMessage];
  // Node takes the socket away from a response that was read to its end.
  const {statusCode = 0, headers: answerHeaders, socket} = response;
  return {status: statusCode, headers: answerHeaders, text: await text(response), socket};
}

/** What the webhook says to a review: its status, its `response`, and the patch in it. */
export interface Verdict {
  readonly status: number;
  readonly response: JsonObject;
  readonly patch: unknown;
  readonly error: string | undefined;
}

export async function judge(webhook: WebhookProcess, review: object | string | Buffer): Promise<Verdict> {
  const body = typeof review === 'string' || Buffer.isBuffer(review) ? review : JSON.stringify(review);
  const answer = await ask(webhook, {body});
  const parsed: unknown = JSON.parse(answer.text);
  const response = dig(parsed, 'response');
  const patch = stringAt(response, 'patch');
  return {
    status: answer.status,
    response: isObject(response) ? response : {},
    patch: patch === undefined ? undefined : (JSON.parse(Buffer.from(patch, 'base64').toString()) as unknown),
    error: stringAt(parsed, 'error'),
  };
}

export async function dial({port, ca}: WebhookProcess, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({host: '127.0.0.1', port, ca, ...options});
  await once(socket, 'secureConnect');
  return socket;
}

/** Everything that comes until the other side ends the connection; a reset is an end too. */
export async function readAll(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += String(chunk);
  });
  socket.on('error', () => {});
  if (!socket.closed) await once(socket, 'close');
  return received;
}

/** Says exactly these bytes on a connection of its own and listens until the webhook ends it. */
export async function converse(webhook: WebhookProcess, ...bytes: readonly (string | Buffer)[]): Promise<string> {
  const socket = await dial(webhook);
  for (const piece of bytes) socket.write(piece);
  return readAll(socket);
}

/** A request as text; headers in the order in which they are given. */
export function rawRequest(headers: Readonly<Record<string, string | number>>, body = ''): string {
  const lines = Object.entries({host: 'webhook', 'content-type': 'application/json', ...headers});
  return `POST /mutate HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** The status lines in what was received, in their order. */
export function statuses(received: string): readonly number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
