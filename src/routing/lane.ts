import type { Alarms } from '../clock.ts';
import { type Deferred, defer } from '../promises.ts';
import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';
import type { LaneOwner, LaneParts, Outlet } from './lane-parts.ts';
import { type DropReason, Ledger } from './ledger.ts';
import { frameOf, type Run } from './run.ts';
import { letWait, stallText } from './slow-consumer.ts';
import { StallWatch } from './stall-watch.ts';
import { Waiting } from './waiting.ts';

/**
 * One connection's ordered outgoing queue: every byte for the connection passes it. While the socket keeps up, messages
 * join a run that is written at the end of the turn; while it does not, they wait here, within limits.
 */
export class Lane {
  readonly ledger = new Ledger();
  readonly codec: Codec;
  readonly #owner: LaneOwner;
  readonly #outlet: Outlet;
  protected readonly framing: Framing;
  protected readonly limits: LaneParts['limits'];
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

  /** @param outlet Where frames go: to the transport, unless something stands between. */
  constructor(parts: LaneParts, outlet: Outlet = parts.transport) {
    this.codec = parts.codec;
    this.#owner = parts.owner;
    this.#outlet = outlet;
    this.framing = parts.transport.framing(parts.codec.transferFormat);
    this.limits = parts.limits;
    this.#flusher = parts.flusher;
    this.#alarms = parts.alarms;
  }

  /** Whether messages still reach the client by this lane. */
  get isOpen(): boolean {
    return this.#state === 'open' && !this.#lagging;
  }
  /** Whether the socket is above its high-water mark. */
  get isCongested(): boolean {
    return this.#congested;
  }
  /** Whether a call that sends to its own client waits for its relief. */
  get slowsCaller(): boolean {
    return this.#congested;
  }

  /** What waits for this client, here and in its socket. */
  get lag(): { readonly messages: number; readonly bytes: number } {
    return {
      messages: this.#held + (this.#run?.length ?? 0),
      bytes: (this.#waiting?.bytes ?? 0) + this.#runBytes + this.#outlet.buffered,
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
    this.#take(message, message.bytes(this.codec).length);
    return true;
  }

  /** Takes a message that is not worth waiting: when it would have to, there is enough to say already. */
  pass(message: EncodedMessage): boolean {
    return !this.#congested && this.push(message);
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
    this.relieve();
    if (discard !== undefined) this.discard(discard);
    if (last !== undefined) {
      this.ledger.accept();
      // With nothing before it, it may as well stand in the socket's own buffer, for the case that the client reads on.
      if (discard !== undefined) this.write(frameOf([last], this.framing, this.codec), 1);
      else if (this.#congested || this.#held > 0) this.postpone([last]);
      else this.#join(last, last.bytes(this.codec).length);
    }
    this.flush();
    return this.#whenEnded.promise;
  }

  /** The transport is gone: whatever is left is dropped. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.discard('connection-closed');
    this.#stall?.stop();
    this.relieve();
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
    const run = this.#run;
    if (this.#held > 0) this.#flushWaiting();
    else if (run !== undefined && !this.#congested) {
      this.#run = undefined;
      this.#runBytes = 0;
      this.writeRun(run);
    }
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
      this.#wait(message, bytes);
      return;
    }
    this.#join(message, bytes);
    // A long run is written at once, so that a healthy client may be sent more in one turn than a slow one may leave.
    if (this.#runBytes >= this.limits.highWaterBytes || (this.#run?.length ?? 0) >= this.limits.limitMessages)
      this.flush();
  }

  #join(message: EncodedMessage, bytes: number): void {
    this.#run = (this.#run ?? this.#flusher.root).with(message);
    this.#runBytes += bytes;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flusher.schedule(this);
  }

  #wait(message: EncodedMessage, bytes: number): void {
    this.#waiting ??= new Waiting();
    const overflow = letWait(message, bytes, this.#waiting, this.#outlet.buffered, this.limits, this.ledger);
    if (overflow !== undefined) this.#lag(overflow);
  }

  protected writeRun(run: Run): void {
    this.write(run.frame(this.framing, this.codec), run.length);
  }

  #flushWaiting(): void {
    while (!this.#congested && this.#held > 0) this.writeSome(this.#waiting as Waiting);
  }

  /** Writes the oldest of what waits. */
  protected writeSome(waiting: Waiting): void {
    const batch = waiting.take(this.limits.highWaterBytes, this.codec);
    this.write(frameOf(batch, this.framing, this.codec), batch.length);
  }

  protected write(frame: Buffer, messages: number): void {
    this.#outlet.write(frame);
    this.ledger.deliver(messages);
    this.look();
  }

  protected look(): void {
    this.#congested = this.isBlocked;
  }
  protected get isBlocked(): boolean {
    return this.#outlet.buffered >= this.limits.highWaterBytes;
  }

  /** A run that cannot be written as it is waits, as far as it has to. */
  protected postpone(messages: readonly EncodedMessage[]): void {
    this.#waiting ??= new Waiting();
    for (const message of messages) this.#waiting.push(message, message.bytes(this.codec).length);
    this.#flushWaiting();
  }

  protected relieve(): void {
    this.#whenRelieved?.resolve();
    this.#whenRelieved = undefined;
  }

  protected stallText(stallMs: number): string {
    return stallText(stallMs);
  }

  protected discard(reason: DropReason): void {
    this.ledger.drop(reason, this.#held + (this.#run?.length ?? 0));
    this.#waiting = undefined;
    this.#run = undefined;
    this.#runBytes = 0;
  }

  #hold(): void {
    const { stallMs } = this.limits;
    this.#stall ??= new StallWatch(this.#outlet, stallMs, this.#alarms, () => this.#lag(this.stallText(stallMs)));
    this.#stall.start();
    this.#owner.congested();
  }

  #release(): void {
    this.#stall?.stop();
    this.#waiting = undefined;
    this.relieve();
    this.#owner.relieved();
  }

  /** Later, because the code that sends may be in the middle of a loop over many lanes. */
  #lag(text: string): void {
    if (this.#lagging) return;
    this.#lagging = true;
    this.discard('slow-consumer');
    queueMicrotask(() => this.#owner.lagged(text));
  }
}
