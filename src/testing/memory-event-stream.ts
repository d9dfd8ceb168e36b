import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import { ServerSentEventsTransport } from '../transports/server-sent-events.ts';
import { type ReadRecord, textRecords } from './client-protocol.ts';
import { MemoryClient, type ServerSide } from './memory-client.ts';
import { MemoryPosts } from './memory-posts.ts';
import { recorded } from './recorded.ts';

const EVENT = /^data: ([^\r\n]*)\r\n\r\n$/;

const Recording = recorded(ServerSentEventsTransport);
/** The real transport, which also records what it was given to write. */
export type RecordedEventStream = InstanceType<typeof Recording>;

/** A frame that the kernel has not completely taken. */
interface Unsent {
  readonly frame: Buffer;
  left: number;
  readonly taken: (() => void) | undefined;
}

/** A client that reads an event stream at the test's pace, and posts what it sends. */
export class MemoryEventStream implements ServerSide {
  readonly client: MemoryClient = new MemoryClient(this);
  readonly transport: RecordedEventStream;
  readonly #response: MemoryResponse;
  readonly #posts: MemoryPosts;

  constructor(highWaterBytes: number, alarms: Alarms, nextTurn: (run: () => void) => void) {
    this.#response = new MemoryResponse(this.client);
    const response = this.#response as unknown as ServerResponse;
    this.#posts = new MemoryPosts(alarms, nextTurn);
    this.transport = new Recording(response, this.#posts.server, { highWaterBytes }, alarms);
    this.transport.recordsOf = recordsOfEvent;
    this.#response.once('close', () => this.#posts.leave());
  }

  /** A client that closes aborts the request of its stream. */
  arrive(what: Buffer | { readonly by: string }): void {
    if (!Buffer.isBuffer(what)) this.cut();
    else if (!this.client.isEnded) this.#posts.send(what);
  }
  cut(): void {
    this.#response.destroy();
  }
  /** A violation of HTTP never reaches this layer: the server only sees that the client has gone. */
  fail(): void {
    this.cut();
  }
  stall(): void {
    this.#response.isStalled = true;
  }
  flow(): void {
    this.#response.isStalled = false;
    this.take(Number.POSITIVE_INFINITY);
  }
  take(bytes: number): void {
    this.#response.take(bytes);
  }
}

/**
 * The part of a response that the transport uses. Bytes wait while the client stalls, and the end waits behind them.
 */
class MemoryResponse extends EventEmitter {
  readonly socket = null;
  isStalled = false;
  readonly #client: MemoryClient;
  #unsent: Unsent[] = [];
  #isEnding = false;
  #isClosed = false;

  constructor(client: MemoryClient) {
    super();
    this.#client = client;
  }

  get writableLength(): number {
    let bytes = 0;
    for (const { left } of this.#unsent) bytes += left;
    return bytes;
  }

  writeHead(): void {}

  write(data: Buffer | string, taken?: () => void): void {
    if (this.#isClosed || this.#isEnding) return;
    const frame = Buffer.from(data as string);
    this.#unsent.push({ frame, left: frame.length, taken });
    if (!this.isStalled) this.take(Number.POSITIVE_INFINITY);
  }

  end(): void {
    this.#isEnding = true;
    this.#endBehindTheRest();
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsent = [];
    this.#client.ended();
    // As in Node: never in the middle of the call that caused it.
    queueMicrotask(() => this.emit('close'));
  }

  take(bytes: number): void {
    let room = bytes;
    while (room > 0 && !this.#isClosed) {
      const first = this.#unsent[0];
      if (first === undefined) break;
      const some = Math.min(room, first.left);
      first.left -= some;
      room -= some;
      if (first.left > 0) break;
      this.#unsent.shift();
      const { frame, taken } = first;
      if (taken !== undefined) queueMicrotask(taken);
      const records = recordsOfEvent(frame);
      if (records.length > 0) this.#client.read(records);
    }
    this.#endBehindTheRest();
  }

  #endBehindTheRest(): void {
    if (this.#isEnding && this.#unsent.length === 0) this.destroy();
  }
}

/** Records of one event; a comment has none. @throws when the frame is not exactly one event or comment. */
function recordsOfEvent(frame: Buffer): ReadRecord[] {
  const text = frame.toString('utf8');
  if (text === ':\r\n') return [];
  const data = EVENT.exec(text)?.[1];
  if (data === undefined) throw new Error('This is no event.');
  return textRecords(Buffer.from(data));
}
