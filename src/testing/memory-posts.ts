import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import { Posts } from '../transports/posts.ts';

/** The longest body. A client that has more to send posts it in parts. */
const MAXIMUM_BODY_BYTES = 4_194_304;

/** The POSTs of a client in memory: one request at a time. What it sends meanwhile goes with the next. */
export class MemoryPosts {
  /** The server's side of the POSTs. */
  readonly server: Posts;
  readonly #nextTurn: (run: () => void) => void;
  #toSend = Buffer.alloc(0);
  #current: MemoryPost | undefined;
  #isOver = false;

  constructor(alarms: Alarms, nextTurn: (run: () => void) => void) {
    this.server = new Posts(MAXIMUM_BODY_BYTES, alarms, { earlyBytes() {}, refused() {} });
    this.#nextTurn = nextTurn;
  }

  send(bytes: Buffer): void {
    this.#toSend = Buffer.concat([this.#toSend, bytes]);
    this.#post();
  }

  /** The client leaves in the middle of its current POST. */
  leave(): void {
    this.#isOver = true;
    this.#current?.leave();
  }

  #post(): void {
    if (this.#current !== undefined || this.#toSend.length === 0 || this.#isOver) return;
    const body = this.#toSend.subarray(0, MAXIMUM_BODY_BYTES);
    const post = new MemoryPost(body, this.#nextTurn, () => {
      this.#current = undefined;
      this.#post();
    });
    this.#toSend = this.#toSend.subarray(body.length);
    this.#current = post;
    this.server.add(post.request as unknown as IncomingMessage, post.response as unknown as ServerResponse);
  }
}

/**
 * A POST with the part of its request and response that `Posts` uses. Its body arrives one turn after a listener was
 * added.
 */
class MemoryPost {
  readonly #body: Buffer;
  readonly #heard = new Map<string, (chunk?: Buffer) => void>();
  #isOver = false;
  readonly request: object;
  readonly response: object;

  constructor(body: Buffer, nextTurn: (run: () => void) => void, answered: () => void) {
    const on = (event: string, listener: (chunk?: Buffer) => void): void => {
      this.#heard.set(event, listener);
      if (event === 'end') nextTurn(() => this.#arrive());
    };
    this.#body = body;
    this.request = { headers: { 'content-length': String(body.length) }, socket: {}, on, resume() {} };
    this.response = { req: this.request, headersSent: false, on, writeHead() {}, end: answered };
  }

  /** The client aborts the request. */
  leave(): void {
    this.#isOver = true;
    this.#heard.get('close')?.();
  }

  #arrive(): void {
    if (this.#isOver) return;
    this.#heard.get('data')?.(this.#body);
    this.#heard.get('end')?.();
  }
}
