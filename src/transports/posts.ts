import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import { BODY_REFUSALS, type BodyLimits, BodyReader, bodyLength } from '../http/body-reader.ts';
import { answerRequest, type PlainResponse } from '../http/plain-response.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { TransportListener } from './transport.ts';
import { UNFINISHED_MS } from './unfinished-limit.ts';

/** Number of requests that may wait behind the one whose body is read. Official clients send one at a time. */
const MAXIMUM_WAITING = 16;
/** Bytes that are read before the transport opens: a handshake and a few calls. More waits in the socket. */
const MAXIMUM_EARLY_BYTES = 4_096;
/** Bytes that a waiting request may hold: the part of a body that Node reads ahead, with the chunk that it came in. */
const WAITING_BYTES = 65_536;

const EMPTY: Buffer = Buffer.alloc(0);
const OK: PlainResponse = { status: 200, type: 'text/plain' };
/** For a client that has hung up: it is not sent. */
const CLIENT_GONE: PlainResponse = { status: 404 };
const ENDED: PlainResponse = { status: 404, type: 'text/plain', kind: 'unknown-connection' };
const UNKNOWN: PlainResponse = { ...ENDED, body: errorTexts.noSuchConnection };
const TOO_LARGE: PlainResponse = { ...BODY_REFUSALS['too-long'], kind: 'body-too-long' };
const TOO_MANY: PlainResponse = { status: 429, type: 'text/plain', kind: 'too-many-posts' };
const TOO_SLOW: PlainResponse = { ...BODY_REFUSALS['too-slow'], kind: 'body-too-slow' };

/** The part of a transport's listener that gets the bodies. */
type PostsListener = Pick<TransportListener, 'received' | 'holding'>;

/** Callbacks of Posts to its owner. */
export interface PostsOwner {
  /** Number of bytes that are kept before the transport opens. The owner may end the posts because of it. */
  earlyBytes(bytes: number): void;
  /** A request is refused. */
  refused(request: IncomingMessage, refusal: PlainResponse): void;
}

interface Post {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** undefined: it waits. */
  reader: BodyReader | undefined;
  /** The body has been read to its end. */
  isRead: boolean;
}

/**
 * POST bodies of one client, as one stream of bytes in the order in which the requests came. One body is read at a
 * time. Each request is answered when its last byte has been received and there is room for more: so late answers slow
 * a client down. Of a body that breaks off, the part that had arrived stays in the stream, as in ASP.NET Core SignalR.
 */
export class Posts {
  readonly #limits: BodyLimits;
  readonly #alarms: Alarms;
  readonly #owner: PostsOwner;
  readonly #waiting: Post[] = [];
  #current: Post | undefined;
  #early = EMPTY;
  #listener: PostsListener | undefined;
  #held = 0;
  #isPaused = false;
  #isOver = false;

  /** @param maximumBytes The longest body. */
  constructor(maximumBytes: number, alarms: Alarms, owner: PostsOwner) {
    this.#limits = { maximumBytes, maximumMs: UNFINISHED_MS };
    this.#alarms = alarms;
    this.#owner = owner;
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      this.#refuse(request, response, refusal);
      return;
    }
    const post: Post = { request, response, reader: undefined, isRead: false };
    response.on('close', () => this.#closed(post));
    this.#waiting.push(post);
    this.#next();
    this.#reportBytes();
  }

  /** The transport has opened: its listener gets all bytes that were read so far, and all that come from now on. */
  open(listener: PostsListener): void {
    const early = this.#early;
    this.#listener = listener;
    this.#early = EMPTY;
    if (early.length > 0) listener.received(early, false, false);
    this.#next();
    this.#reportBytes();
  }

  /** Stops taking requests. The body that is being read is read to its end, which is near, but it is not answered. */
  pause(): void {
    this.#isPaused = !this.#isOver;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#current?.isRead === true) this.#finish(this.#current, OK);
    else this.#next();
  }

  /** The connection has ended: requests that wait are refused. @returns the bytes that no listener has got. */
  end(): Buffer {
    const early = this.#early;
    this.#isOver = true;
    this.#early = EMPTY;
    for (const { request, response } of this.#waiting.splice(0)) this.#refuse(request, response, ENDED);
    this.#reportHeld(0);
    // The body that is being read may have ended the connection: it is read to its end and answered with 200.
    if (this.#current !== undefined && this.#isPaused) this.#finish(this.#current, ENDED);
    return early;
  }

  #refusal(request: IncomingMessage): PlainResponse | undefined {
    if (this.#isOver) return UNKNOWN;
    if ((bodyLength(request) ?? 0) > this.#limits.maximumBytes) return TOO_LARGE;
    return this.#waiting.length >= MAXIMUM_WAITING ? TOO_MANY : undefined;
  }

  #next(): void {
    const [post] = this.#waiting;
    if (post === undefined || this.#current !== undefined || this.#isPaused || !this.#hasRoom(post)) return;
    this.#waiting.shift();
    this.#current = post;
    post.reader = new BodyReader(post.request, post.response, this.#limits, this.#alarms, {
      received: (chunk) => {
        if (!this.#isOver) this.#pass(chunk);
      },
      ended: () => this.#readAll(post),
      exceeded: (fault) => this.#finish(post, fault === 'too-long' ? TOO_LARGE : TOO_SLOW),
    });
  }

  /** Before the transport opens, only a body that is known to be short is read. */
  #hasRoom({ request }: Post): boolean {
    const length = bodyLength(request);
    if (this.#listener !== undefined) return true;
    return length !== undefined && this.#early.length + length <= MAXIMUM_EARLY_BYTES;
  }

  #pass(chunk: Buffer): void {
    if (this.#listener !== undefined) {
      this.#listener.received(chunk, false, false);
      return;
    }
    // Not from Node's pool: a slice would keep the whole pool.
    const early = Buffer.allocUnsafeSlow(this.#early.length + chunk.length);
    chunk.copy(early, this.#early.copy(early));
    this.#early = early;
  }

  #reportBytes(): void {
    if (this.#isOver) return;
    if (this.#listener !== undefined) {
      this.#reportHeld(this.#waiting.length * WAITING_BYTES);
      return;
    }
    const waiting = this.#waiting.length + (this.#current === undefined ? 0 : 1);
    this.#owner.earlyBytes(this.#early.length + waiting * WAITING_BYTES);
  }

  /** Tells the listener the bytes of waiting requests when they have changed. Official clients have none. */
  #reportHeld(bytes: number): void {
    if (bytes === this.#held) return;
    this.#held = bytes;
    this.#listener?.holding(bytes);
  }

  #readAll(post: Post): void {
    post.isRead = true;
    if (!this.#isPaused) this.#finish(post, OK);
  }

  #finish(post: Post, answer: PlainResponse): void {
    this.#current = undefined;
    post.reader?.stop();
    this.#owner.refused(post.request, answer);
    answerRequest(post.response, answer);
    this.#next();
    this.#reportBytes();
  }

  /** The client has hung up, or has got its answer. */
  #closed(post: Post): void {
    const at = this.#waiting.indexOf(post);
    if (at !== -1) {
      this.#waiting.splice(at, 1);
      this.#reportBytes();
    }
    if (post === this.#current) this.#finish(post, CLIENT_GONE);
  }

  /**
   * Answers without reading the body. Bytes that Node has read ahead are discarded at once: the answer may wait on its
   * socket.
   */
  #refuse(request: IncomingMessage, response: ServerResponse, refusal: PlainResponse): void {
    this.#owner.refused(request, refusal);
    answerRequest(response, refusal);
    request.resume();
  }
}
