import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../../src/clock.ts';
import { Posts } from '../../src/transports/posts.ts';

const MAXIMUM_BODY_BYTES = 4_194_304;

/** What a client in memory posts: one request at a time, and what it says meanwhile goes with the next. */
export class MemoryPosts {
  /** Where they arrive. */
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

  /** Its client is gone, in the middle of whatever it was posting. */
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

/** A POST: as much of its request and of its response as `Posts` use. The body comes in a turn behind being listened to. */
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

  /** Its client hangs up. */
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
