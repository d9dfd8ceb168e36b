// Long Polling and Server-Sent Events by hand: requests that no client library would send, each on a socket of its own.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { ReadRecord } from '../../src/testing/client-protocol.ts';
import { Inbox } from './inbox.ts';
import { ask, requestText } from './raw-http.ts';
import { type Negotiated, negotiate } from './raw-negotiation.ts';

const SEPARATOR = '\x1e';

export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** undefined: the test writes the body and ends it. */
  readonly body?: string | undefined;
}

/** One request and its outcome. */
export class HttpCall {
  readonly request: ClientRequest;
  /** Rejects without an answer, or when it is cut. */
  readonly answer: Promise<CallAnswer>;
  /** Text of an answer that does not end, piece by piece. */
  readonly pieces = new Inbox<string>();
  readonly #head: Promise<IncomingMessage>;

  constructor(port: number, path: string, { method = 'GET', headers = {}, ...options }: CallOptions = {}) {
    const { body = '' } = options;
    const isOpenEnded = 'body' in options && options.body === undefined;
    const length = isOpenEnded || body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers }, agent: false });
    this.request = sent;
    this.#head = new Promise((resolve, reject) => {
      sent.on('response', resolve).on('error', reject);
    });
    this.answer = this.#head.then((response) => this.#read(response));
    // A test that drops a call does not await its answer.
    this.answer.catch(() => {});
    onTestFinished(() => void sent.destroy());
    if (!isOpenEnded) sent.end(body);
  }

  /** Resolves when the status line and the headers have come. */
  get opened(): Promise<IncomingMessage> {
    return this.#head;
  }

  drop(): void {
    this.request.destroy();
  }

  /** Stops reading, or continues. */
  async pause(): Promise<void> {
    (await this.#head).pause();
  }
  async resume(): Promise<void> {
    (await this.#head).resume();
  }

  #read(response: IncomingMessage): Promise<CallAnswer> {
    response.setEncoding('utf8');
    return new Promise((resolve, reject) => {
      response.on('data', (text: string) => this.pieces.put(text));
      response.on('error', reject);
      response.on('close', () => {
        const { statusCode = 0, headers } = response;
        if (response.complete) resolve({ status: statusCode, headers, body: this.pieces.all.join('') });
        else reject(new Error('cut off'));
      });
    });
  }
}

/** Resolves when everything that was sent before has reached the server, which answers in the order of arrival. */
export async function arrived(port: number): Promise<void> {
  await ask(port, requestText('GET', '/healthz'));
}

/** A negotiated connection, whose requests the test sends one by one. */
export class RawRequests {
  readonly port: number;
  readonly path: string;
  readonly negotiated: Negotiated;
  readonly #headers: Readonly<Record<string, string>>;

  static async negotiate(port: number, path = '/hub', headers = {}): Promise<RawRequests> {
    const client = new RawRequests(port, path, await negotiate(port, path, headers), headers);
    // A server that closes waits a while for pollers to come back.
    onTestFinished(async () => {
      await client.delete().answer.catch(() => {});
    });
    return client;
  }

  /** Opens a connection over Long Polling. Its handshake is done. */
  static async poll(port: number, path?: string, headers?: Readonly<Record<string, string>>): Promise<RawRequests> {
    const client = await RawRequests.negotiate(port, path, headers);
    await client.get().answer;
    await client.post({ protocol: 'json', version: 1 }).answer;
    await client.get().answer;
    return client;
  }

  private constructor(port: number, path: string, negotiated: Negotiated, headers: Readonly<Record<string, string>>) {
    this.port = port;
    this.negotiated = negotiated;
    this.path = `${path}?id=${negotiated.connectionToken}`;
    this.#headers = headers;
  }

  /** Sends a poll. */
  get({ query = '', ...options }: CallOptions & { readonly query?: string } = {}): HttpCall {
    const headers = { ...this.#headers, ...options.headers };
    return new HttpCall(this.port, `${this.path}&${query}`, { ...options, headers });
  }

  /** Opens a stream of events. */
  stream(): HttpCall {
    return this.get({ headers: { Accept: 'text/event-stream' } });
  }

  /** Posts records in one body. */
  post(...records: readonly object[]): HttpCall {
    return this.postText(records.map((record) => JSON.stringify(record) + SEPARATOR).join(''));
  }

  /** undefined: the test writes the body piece by piece. */
  postText(body: string | undefined, headers: Readonly<Record<string, string>> = {}): HttpCall {
    return new HttpCall(this.port, this.path, { method: 'POST', body, headers: { ...this.#headers, ...headers } });
  }

  call(target: string, ...args: readonly unknown[]): HttpCall {
    return this.post({ type: 1, target, arguments: args });
  }

  delete(): HttpCall {
    return new HttpCall(this.port, this.path, { method: 'DELETE', headers: this.#headers });
  }
}

/** Records of the body of an answer. */
export function recordsOf({ body }: CallAnswer): ReadRecord[] {
  return body
    .split(SEPARATOR)
    .slice(0, -1)
    .map((text) => JSON.parse(text) as ReadRecord);
}
