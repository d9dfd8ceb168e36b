import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../../src/clock.ts';
import { Posts } from '../../src/transports/posts.ts';

const MAXIMUM_BODY_BYTES = 4_194_304;

/** POSTs of a client in memory: one request at a time. Bytes that it sends meanwhile go with the next request. */
export class MemoryPosts {
  /** The side of the server, where they arrive. */
  readonly server: Posts;
  readonly #later: (run: () => void) => void;
  #toSend = Buffer.alloc(0);
  #current: MemoryPost | undefined;
  #isOver = false;

  constructor(alarms: Alarms, later: (run: () => void) => void) {
    this.server = new Posts(MAXIMUM_BODY_BYTES, alarms, { earlyBytes() {}, refused() {} });
    this.#later = later;
  }

  send(bytes: Buffer): void {
    this.#toSend = Buffer.concat([this.#toSend, bytes]);
    this.#post();
  }

  /** The client vanishes in the middle of a POST. */
  leave(): void {
    this.#isOver = true;
    this.#current?.leave();
  }

  #post(): void {
    if (this.#current !== undefined || this.#toSend.length === 0 || this.#isOver) return;
    const post = new MemoryPost(this.#toSend, this.#later, () => {
      this.#current = undefined;
      this.#post();
    });
    this.#toSend = Buffer.alloc(0);
    this.#current = post;
    this.server.add(post.request as unknown as IncomingMessage, post.response as unknown as ServerResponse);
  }
}

/** A POST: the parts of request and response that `Posts` uses. The body comes a turn after a listener is added. */
class MemoryPost {
  readonly #body: Buffer;
  readonly #heard = new Map<string, (chunk?: Buffer) => void>();
  #isOver = false;
  readonly request: object;
  readonly response: object;

  constructor(body: Buffer, later: (run: () => void) => void, answered: () => void) {
    const on = (event: string, listener: (chunk?: Buffer) => void): void => {
      this.#heard.set(event, listener);
      if (event === 'end') later(() => this.#arrive());
    };
    this.#body = body;
    this.request = { headers: { 'content-length': String(body.length) }, on, resume() {} };
    this.response = { headersSent: false, on, writeHead() {}, end: answered };
  }

  /** The client hangs up. */
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
