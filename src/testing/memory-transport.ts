import type { Clock } from '../clock.ts';
import type { ProtocolError } from '../errors.ts';
import type { RecordLayout } from '../protocol/record-layout.ts';
import {
  CLOSE_TIMEOUT_MS,
  type Framing,
  type Transport,
  type TransportEnd,
  type TransportListener,
} from '../transports/transport.ts';
import { webSocketFraming } from '../transports/websocket-framing.ts';
import { MemoryClient, recordsOfFrame, type ServerSide } from './memory-client.ts';
import type { Recorded } from './recorded.ts';

/** A frame that the kernel has not completely taken. */
interface Unsent {
  readonly frame: Buffer;
  left: number;
  /** Whether it crossed the high-water mark: the lane is told when it has been taken. */
  readonly crosses: boolean;
}

type Arrival = Buffer | TransportEnd | 'pong';

/** A ping of a WebSocket, which is no message. */
const PING = Buffer.from([0x89, 0]);

export interface MemoryTransportOptions {
  readonly clock: Clock;
  /** Runs the delivery of what waited for `resume` in another turn, as a socket does. */
  readonly nextTurn: (run: () => void) => void;
  readonly highWaterBytes?: number;
}

/**
 * The `Transport` port in memory, with the client at its other end in `client`. It keeps the whole contract: bytes wait
 * while the client stalls (`buffered`, `progress`, `drained`) and while the server has paused it; `close` follows what
 * was written and is cut after 5 s without an answer; `closed` is called exactly once.
 */
export class MemoryTransport implements Transport, ServerSide, Recorded {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  /** Another client, when this one has changed to another transport. */
  client: MemoryClient = new MemoryClient(this);
  /** Everything that was accepted for writing, in order. */
  readonly frames: Buffer[] = [];
  /** Number of records that were accepted for writing. */
  written = 0;
  readonly #clock: Clock;
  readonly #nextTurn: (run: () => void) => void;
  readonly #highWaterBytes: number;
  #listener: TransportListener | undefined;
  #unsent: Unsent[] = [];
  #taken = 0;
  #isStalled = false;
  #arrivals: Arrival[] = [];
  #isPaused = false;
  #isWritable = true;
  #closeCode: number | undefined;
  #limit: unknown;
  #isEnded = false;

  constructor({ clock, nextTurn, highWaterBytes = 65_536 }: MemoryTransportOptions) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
    this.#highWaterBytes = highWaterBytes;
  }

  // --- the port

  framing(layout: RecordLayout): Framing {
    return webSocketFraming(layout);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#arrive();
  }

  get buffered(): number {
    let bytes = 0;
    for (const { left } of this.#unsent) bytes += left;
    return bytes;
  }
  get progress(): number {
    return this.#taken;
  }
  get isPaused(): boolean {
    return this.#isPaused;
  }
  get isEnded(): boolean {
    return this.#isEnded;
  }

  write(frame: Buffer): void {
    if (!this.#isWritable) return;
    this.frames.push(frame);
    this.written += recordsOfFrame(frame, this.client.protocol).length;
    const crosses = this.buffered + frame.length >= this.#highWaterBytes;
    this.#unsent.push({ frame, left: frame.length, crosses });
    if (!this.#isStalled) this.take(Number.POSITIVE_INFINITY);
  }

  ping(): void {
    if (!this.#isWritable) return;
    this.#unsent.push({ frame: PING, left: PING.length, crosses: false });
    if (!this.#isStalled) this.take(Number.POSITIVE_INFINITY);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#nextTurn(() => this.#arrive());
  }

  close(code: number): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.#closeCode = code;
    this.#limit = this.#clock.setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS);
    // The client's answer has to be read, even when other bytes wait before it.
    this.resume();
    this.#tellOfClose();
  }

  terminate(): void {
    this.#end({ by: 'loss' });
  }

  // --- the wire

  arrive(what: Buffer | TransportEnd): void {
    this.#arrivals.push(what);
    this.#arrive();
  }

  pong(): void {
    this.#arrivals.push('pong');
    this.#nextTurn(() => this.#arrive());
  }

  cut(): void {
    this.#end({ by: 'loss' });
  }

  fail(error: ProtocolError): void {
    this.#end({ by: 'loss', error });
  }

  stall(): void {
    this.#isStalled = true;
  }

  flow(): void {
    this.#isStalled = false;
    this.take(Number.POSITIVE_INFINITY);
  }

  take(bytes: number): void {
    let room = bytes;
    let crossed = false;
    while (room > 0 && this.#unsent.length > 0 && !this.#isEnded) {
      const first = this.#unsent[0] as Unsent;
      const some = Math.min(room, first.left);
      first.left -= some;
      room -= some;
      this.#taken += some;
      if (first.left > 0) break;
      this.#unsent.shift();
      crossed ||= first.crosses;
      if (first.frame === PING) this.client.pinged();
      else this.client.read(recordsOfFrame(first.frame, this.client.protocol));
    }
    this.#tellOfClose();
    // A socket reports this after the write, never in the middle of it.
    if (crossed && !this.#isEnded) queueMicrotask(() => this.#listener?.drained());
  }

  #arrive(): void {
    while (!this.#isPaused && !this.#isEnded && this.#listener !== undefined) {
      const next = this.#arrivals.shift();
      if (next === undefined) return;
      if (Buffer.isBuffer(next)) this.#listener.received(next, true, false);
      else if (next === 'pong') this.#listener.ponged();
      else this.#end(next);
    }
  }

  #tellOfClose(): void {
    if (this.#closeCode === undefined || this.#unsent.length > 0 || this.#isEnded) return;
    const code = this.#closeCode;
    this.#closeCode = undefined;
    this.client.closing(code);
  }

  #end(end: TransportEnd): void {
    this.#isWritable = false;
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#limit !== undefined) this.#clock.clearTimeout(this.#limit);
    this.#unsent = [];
    this.#arrivals = [];
    this.client.ended();
    this.#listener?.closed(end);
  }
}
