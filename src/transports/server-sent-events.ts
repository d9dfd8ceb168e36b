import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarm, Alarms } from '../clock.ts';
import { answerRequest } from '../http/plain-response.ts';
import { EVENT_STREAM_FRAMING } from './event-stream-framing.ts';
import type { HttpTransport } from './http-transport.ts';
import type { Posts } from './posts.ts';
import { CLOSE_TIMEOUT_MS, type Framing, type TransportListener } from './transport.ts';
import { unsentBytes } from './unsent-bytes.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache,no-store',
  Pragma: 'no-cache',
  'Content-Encoding': 'identity',
};
/** A comment: browsers report the stream as open when its first bytes have come. */
const OPENING = ':\r\n';

/**
 * Whether a request accepts an event stream, without parameters. Any other GET is a poll, as in ASP.NET Core SignalR.
 */
export function wantsEvents({ headers }: IncomingMessage): boolean {
  return (headers.accept ?? '').split(',').some((type) => type.trim().toLowerCase() === 'text/event-stream');
}

/** Sends messages in one answer that lasts as long as the connection; the client sends by POST. */
export class ServerSentEventsTransport implements HttpTransport {
  readonly name = 'ServerSentEvents';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly posts: Posts;
  readonly #response: ServerResponse;
  readonly #highWaterBytes: number;
  readonly #alarms: Alarms;
  readonly #taken = (error?: Error | null): void => {
    if (error == null) this.#listener?.drained();
  };
  #listener: TransportListener | undefined;
  #written = 0;
  #isWritable = true;
  #isOver = false;
  #leave: Alarm | undefined;

  /**
   * @param options `highWaterBytes`: from this number of buffered bytes on, `drained` is called when the kernel has
   *   taken them.
   */
  constructor(response: ServerResponse, posts: Posts, options: { readonly highWaterBytes: number }, alarms: Alarms) {
    this.posts = posts;
    this.#response = response;
    this.#highWaterBytes = options.highWaterBytes;
    this.#alarms = alarms;
    response.on('close', () => this.#end());
    response.writeHead(200, HEADERS);
    response.write(OPENING);
  }

  get isOver(): boolean {
    return this.#isOver;
  }
  get buffered(): number {
    return this.#response.writableLength;
  }
  get progress(): number {
    return this.#written - unsentBytes(this.#response);
  }

  framing(): Framing {
    return EVENT_STREAM_FRAMING;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.posts.open(listener);
  }

  /** A second stream is refused. */
  get(response: ServerResponse): boolean {
    answerRequest(response, { status: 409, type: 'text/plain' });
    return false;
  }

  /** Not supported: the client hangs up instead. */
  delete(): boolean {
    return false;
  }

  write(frame: Buffer): void {
    if (!this.#isWritable) return;
    this.#written += frame.length;
    // Only a write that crosses the mark needs a callback.
    const crosses = this.#response.writableLength + frame.length >= this.#highWaterBytes;
    this.#response.write(frame, crosses ? this.#taken : undefined);
  }

  pause(): void {
    this.posts.pause();
  }
  resume(): void {
    this.posts.resume();
  }

  /** The client cannot answer the end of a stream: the transport ends when the kernel has taken all bytes. */
  close(): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.#leave = this.#alarms.alarm(() => this.terminate());
    this.#leave.set(CLOSE_TIMEOUT_MS);
    this.posts.resume();
    this.#response.end();
  }

  terminate(): void {
    this.#isWritable = false;
    this.#response.destroy();
  }

  #end(): void {
    this.#isWritable = false;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave?.clear();
    this.posts.end();
    this.#listener?.closed({ by: 'loss' });
  }
}
