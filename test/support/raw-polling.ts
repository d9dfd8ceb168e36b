// Long Polling and Server-Sent Events by hand: requests that no client library would send, each on a socket of its own.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';
import { ask, requestText } from './raw-http.ts';
import { type Negotiated, negotiate } from './raw-negotiation.ts';
import type { ReadRecord } from './read-records.ts';

const SEPARATOR = '\x1e';

export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** undefined: it is not ended, and written to by the test. */
  readonly body?: string | undefined;
}

/** One request, and what becomes of it. */
export class HttpCall {
  readonly request: ClientRequest;
  /** Rejects when there is none, or not to its end. */
  readonly answer: Promise<CallAnswer>;
  /** The text of an answer that does not end, piece by piece. */
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
    // Whoever drops a call does not look at what becomes of it.
    this.answer.catch(() => {});
    onTestFinished(() => void sent.destroy());
    if (!isOpenEnded) sent.end(body);
  }

  /** The status line and the headers have come. */
  get opened(): Promise<IncomingMessage> {
    return this.#head;
  }

  drop(): void {
    this.request.destroy();
  }

  /** Reads no more, or goes on. */
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

/** Everything that was sent before it has reached the server, which answers in the order of arrival. */
export async function arrived(port: number): Promise<void> {
  await ask(port, requestText('GET', '/healthz'));
}

/** A connection that has been negotiated, and no more. */
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

  /** Over Long Polling, its handshake done. */
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

  /** A poll. */
  get({ query = '', ...options }: CallOptions & { readonly query?: string } = {}): HttpCall {
    const headers = { ...this.#headers, ...options.headers };
    return new HttpCall(this.port, `${this.path}&${query}`, { ...options, headers });
  }

  /** A stream of events. */
  stream(): HttpCall {
    return this.get({ headers: { Accept: 'text/event-stream' } });
  }

  /** Records, in one body. */
  post(...records: readonly object[]): HttpCall {
    return this.postText(records.map((record) => JSON.stringify(record) + SEPARATOR).join(''));
  }

  /** undefined: the body is the test's own, piece by piece. */
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

/** The records of a body. */
export function recordsOf({ body }: CallAnswer): ReadRecord[] {
  return body
    .split(SEPARATOR)
    .slice(0, -1)
    .map((text) => JSON.parse(text) as ReadRecord);
}
