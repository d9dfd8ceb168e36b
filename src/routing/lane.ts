import type { Alarms } from '../clock.ts';
import type { ResolvedSlowConsumer } from '../hub/hub-options.ts';
import { type Deferred, defer } from '../promises.ts';
import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing, Transport } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';
import { type DropReason, Ledger } from './ledger.ts';
import { frameOf, type Run } from './run.ts';
import { makeRoom, overflowText, stallText } from './slow-consumer.ts';
import { StallWatch } from './stall-watch.ts';
import { Waiting } from './waiting.ts';

/** Whose lane it is. */
export interface LaneOwner {
  /** The client does not keep up and has to go; told once, after the code that sent has run. */
  lagged(text: string): void;
  /** The lane has begun, or ceased, to hold messages back. */
  congested(): void;
  relieved(): void;
}

/**
 * One connection's ordered outgoing queue: every byte for the connection passes it. While the socket keeps up, messages
 * join a run that is written at the end of the turn; while it does not, they wait here, within limits.
 */
export class Lane {
  readonly ledger = new Ledger();
  readonly #owner: LaneOwner;
  readonly #transport: Transport;
  readonly #framing: Framing;
  readonly #codec: Codec;
  readonly #limits: ResolvedSlowConsumer;
  readonly #flusher: Flusher;
  readonly #alarms: Alarms;
  /** Once the socket did not keep up. */
  #stall: StallWatch | undefined;
  #waiting: Waiting | undefined;
  #run: Run | undefined;
  #runBytes = 0;
  #scheduled = false;
  #congested = false;
  /** The owner is about to hear that the client has to go. */
  #lagging = false;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #whenRelieved: Deferred<void> | undefined;
  #whenEnded: Deferred<void> | undefined;

  constructor(parts: {
    readonly owner: LaneOwner;
    readonly transport: Transport;
    readonly codec: Codec;
    readonly limits: ResolvedSlowConsumer;
    readonly flusher: Flusher;
    readonly alarms: Alarms;
  }) {
    this.#owner = parts.owner;
    this.#transport = parts.transport;
    this.#framing = parts.transport.framing(parts.codec.transferFormat);
    this.#codec = parts.codec;
    this.#limits = parts.limits;
    this.#flusher = parts.flusher;
    this.#alarms = parts.alarms;
  }

  /** What the client speaks. */
  get codec(): Codec {
    return this.#codec;
  }
  /** Whether messages still reach the client by this lane. */
  get isOpen(): boolean {
    return this.#state === 'open' && !this.#lagging;
  }
  /** Whether the socket is above its high-water mark. */
  get isCongested(): boolean {
    return this.#congested;
  }

  /** What waits for this client, here and in its socket. */
  get lag(): { readonly messages: number; readonly bytes: number } {
    return {
      messages: this.#held + (this.#run?.length ?? 0),
      bytes: (this.#waiting?.bytes ?? 0) + this.#runBytes + this.#transport.buffered,
    };
  }

  /** Resolves when the socket is below its high-water mark again, or the lane has ended. */
  relief(): Promise<void> {
    if (!this.#congested || this.#state !== 'open') return Promise.resolve();
    this.#whenRelieved ??= defer();
    return this.#whenRelieved.promise;
  }

  /** Takes a message, unless the lane has ended. Never throws. */
  push(message: EncodedMessage): boolean {
    if (!this.isOpen) return false;
    this.ledger.accept();
    this.#take(message, message.bytes(this.#codec).length);
    return true;
  }

  /**
   * The last message: nothing is taken after it. Resolves when everything has been handed to the transport, or it is gone.
   *
   * @param discard What waits is dropped for this reason instead of being sent before.
   */
  end(last: EncodedMessage | undefined, discard?: DropReason): Promise<void> {
    if (this.#state !== 'open') return this.#whenEnded?.promise ?? Promise.resolve();
    this.#whenEnded = defer();
    this.#state = 'ending';
    this.#whenRelieved?.resolve();
    if (discard !== undefined) this.#discard(discard);
    if (last !== undefined) {
      this.ledger.accept();
      // With nothing before it, it may as well stand in the socket's own buffer, for the case that the client reads on.
      if (discard !== undefined) this.#write(frameOf([last], this.#framing, this.#codec), 1);
      else this.#join(last, last.bytes(this.#codec).length);
    }
    this.flush();
    return this.#whenEnded.promise;
  }

  /** The transport is gone: whatever is left is dropped. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#discard('connection-closed');
    this.#stall?.stop();
    this.#whenRelieved?.resolve();
    this.#whenEnded?.resolve();
  }

  /** The kernel has taken what was above the high-water mark. */
  drained(): void {
    if (!this.#congested || this.#state === 'closed') return;
    this.#congested = false;
    this.flush();
  }

  /** Writes what may be written now. Called by the flusher at the end of a turn, and when the socket has drained. */
  flush(): void {
    this.#scheduled = false;
    if (this.#state === 'closed') return;
    const wasHeld = this.#stall?.isWatching === true;
    if (this.#waiting !== undefined && this.#held > 0) this.#flushWaiting(this.#waiting);
    else if (this.#run !== undefined && !this.#congested) this.#flushRun(this.#run);
    if (this.#congested || this.#held > 0) {
      if (!wasHeld) this.#hold();
    } else if (wasHeld) this.#release();
    if (this.#state === 'ending' && this.#run === undefined && this.#held === 0) this.#whenEnded?.resolve();
  }

  /** How many messages wait. */
  get #held(): number {
    return this.#waiting === undefined ? 0 : this.#waiting.length;
  }

  #take(message: EncodedMessage, bytes: number): void {
    if (this.#congested || this.#held > 0) {
      this.#waiting ??= new Waiting();
      this.#wait(message, bytes, this.#waiting);
      return;
    }
    this.#join(message, bytes);
    // A long run is written at once, so that a healthy client may be sent more in one turn than a slow one may leave.
    if (this.#runBytes >= this.#limits.highWaterBytes || (this.#run?.length ?? 0) >= this.#limits.limitMessages)
      this.flush();
  }

  #join(message: EncodedMessage, bytes: number): void {
    if (this.#congested || this.#held > 0) {
      this.#waiting ??= new Waiting();
      this.#waiting.push(message, bytes);
      return;
    }
    this.#run = (this.#run ?? this.#flusher.root).with(message);
    this.#runBytes += bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flusher.schedule(this);
  }

  #wait(message: EncodedMessage, bytes: number, waiting: Waiting): void {
    if (message.conflate !== undefined && waiting.removeKey(message.conflate)) this.ledger.drop('conflated', 1);
    const room = makeRoom(waiting, message, bytes, this.#transport.buffered, this.#limits, this.ledger);
    if (room === 'accepted') waiting.push(message, bytes);
    else if (room === 'disconnect') {
      this.ledger.drop('slow-consumer', 1);
      this.#lag(overflowText(waiting, this.#transport.buffered, this.#limits));
    }
  }

  #flushRun(run: Run): void {
    const { length } = run;
    this.#run = undefined;
    this.#runBytes = 0;
    this.#write(run.frame(this.#framing, this.#codec), length);
  }

  #flushWaiting(waiting: Waiting): void {
    while (!this.#congested && waiting.length > 0) {
      const batch: EncodedMessage[] = [];
      let bytes = 0;
      while (bytes < this.#limits.highWaterBytes) {
        const message = waiting.shift();
        if (message === undefined) break;
        batch.push(message);
        bytes += message.bytes(this.#codec).length;
      }
      this.#write(frameOf(batch, this.#framing, this.#codec), batch.length);
    }
  }

  #write(frame: Buffer, messages: number): void {
    this.#transport.write(frame);
    this.ledger.deliver(messages);
    this.#congested = this.#transport.buffered >= this.#limits.highWaterBytes;
  }

  #discard(reason: DropReason): void {
    this.ledger.drop(reason, this.#held + (this.#run?.length ?? 0));
    this.#waiting = undefined;
    this.#run = undefined;
    this.#runBytes = 0;
  }

  #hold(): void {
    const { stallMs } = this.#limits;
    this.#stall ??= new StallWatch(this.#transport, stallMs, this.#alarms, () => this.#lag(stallText(stallMs)));
    this.#stall.start();
    this.#owner.congested();
  }

  #release(): void {
    this.#stall?.stop();
    this.#waiting = undefined;
    this.#whenRelieved?.resolve();
    this.#whenRelieved = undefined;
    this.#owner.relieved();
  }

  /** Later, because the code that sends may be in the middle of a loop over many lanes. */
  #lag(text: string): void {
    if (this.#lagging) return;
    this.#lagging = true;
    this.#discard('slow-consumer');
    queueMicrotask(() => this.#owner.lagged(text));
  }
}
