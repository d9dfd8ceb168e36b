import { type Deferred, defer } from '../promises.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';
import type { LaneParts, Outlet } from './lane-parts.ts';
import { LaneQueue } from './lane-queue.ts';
import type { DropReason } from './ledger.ts';
import { frameOf, type Run } from './run.ts';
import { endedAsSlow, type LaneLag, stallText } from './slow-consumer.ts';
import { SlowConsumerWatch, type TimeLimit } from './slow-consumer-watch.ts';

/**
 * The ordered outgoing queue of one connection: every byte for the connection passes it. `push` only appends; `flush`
 * writes, called by the flusher. What the socket does not take waits here, within limits.
 */
export class Lane extends LaneQueue {
  readonly #report: LaneParts['report'];
  readonly #outlet: Outlet;
  protected readonly framing: Framing;
  readonly #flusher: Flusher;
  readonly #alarms: LaneParts['alarms'];
  #scheduled = false;
  /** The socket is above its high-water mark. New messages then wait instead of being collected. */
  #congested = false;
  /** The client reads too slowly, and the owner is about to be told. */
  #isDisconnecting = false;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #whenRelieved: Deferred<void> | undefined;
  #whenClosed: Deferred<void> | undefined;

  /** @param outlet Where frames are written. Default: the transport. */
  constructor(parts: LaneParts, outlet: Outlet = parts.transport) {
    super(parts);
    this.#report = parts.report;
    this.#outlet = outlet;
    this.framing = parts.transport.framing(parts.codec);
    this.#flusher = parts.flusher;
    this.#alarms = parts.alarms;
  }

  /** Whether the lane still takes messages. */
  get isOpen(): boolean {
    return this.#state === 'open' && !this.#isDisconnecting;
  }
  /** Whether the socket is above its high-water mark. */
  get isCongested(): boolean {
    return this.#congested;
  }
  /** Whether at least one whole slice has been collected, which is what one turn writes. */
  get isTurnFull(): boolean {
    return this.closedSlices > 0;
  }
  /** Whether more waits than the limits allow: the server then reads no more calls of this client. */
  get isOverfull(): boolean {
    return this.isOver(this.#outlet.buffered);
  }
  /** Whether the lane has enough to write. Senders that can wait then wait for `relief`. */
  get isBusy(): boolean {
    return this.#congested || this.isTurnFull;
  }
  /** What waits for this client, in the lane and in its socket. */
  get lag(): LaneLag {
    return { messages: this.messages, bytes: this.bytes + this.#outlet.buffered, oldestMs: this.watch?.ms ?? 0 };
  }

  /** Resolves when the lane is no longer busy, or has ended. */
  relief(): Promise<void> {
    if (!this.isBusy || this.#state !== 'open') return Promise.resolve();
    this.#whenRelieved ??= defer();
    return this.#whenRelieved.promise;
  }

  /** Appends a message. Never throws, and never writes. @returns false when the lane takes no more messages. */
  push(message: EncodedMessage): boolean {
    if (!this.isOpen) return false;
    this.ledger.accept();
    if (!this.#congested) this.#collect(message);
    else this.#disconnectIf(this.wait(message, this.#outlet.buffered));
    return true;
  }

  /**
   * Appends a message, such as a ping, that need not be sent when others already wait.
   *
   * @returns false when it was not.
   */
  pushUnlessCongested(message: EncodedMessage): boolean {
    return !this.#congested && this.push(message);
  }

  /**
   * Closes the lane in order. Resolves when everything has been handed to the transport, or the transport is gone.
   *
   * @param last The last message: none is taken after it.
   * @param discard When given, all waiting messages are dropped for this reason instead of being sent before.
   */
  close(last: EncodedMessage | undefined, discard?: DropReason): Promise<void> {
    if (this.#state !== 'open') return this.#whenClosed?.promise ?? Promise.resolve();
    this.#whenClosed = defer();
    this.#state = 'closing';
    this.watch?.withinLimits();
    this.relieve();
    if (discard !== undefined) this.discard(discard);
    if (last !== undefined) {
      this.ledger.accept();
      // Nothing is before it, so it is written even to a full socket, in case that the client reads on.
      if (discard !== undefined) this.write(frameOf([last], this.framing, this.codec), 1);
      else if (this.#congested) this.append([last]);
      else this.#collect(last);
    }
    // Written at once and not at the next flush; more than one slice needs further flushes.
    this.writeNext();
    return this.#whenClosed.promise;
  }

  /** Closes the lane at once: the transport is gone. All remaining messages are dropped. */
  terminate(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.discard('connection-closed');
    this.watch?.stop();
    this.relieve();
    this.#whenClosed?.resolve();
  }

  /** The socket has come below its high-water mark. */
  drained(): void {
    if (!this.#congested || this.#state === 'closed') return;
    this.#congested = false;
    this.#schedule();
  }

  /** Writes the next slice. Called by the flusher. */
  flush(): void {
    this.#scheduled = false;
    if (this.#state !== 'closed') this.writeNext();
  }

  #collect(message: EncodedMessage): void {
    const { length } = message.bytes(this.codec);
    if ((this.closedSlices > 0 || this.waiting > 0) && this.isTooMuch(length, this.#outlet.buffered)) {
      this.#disconnectIf(this.waitBehindAll(message, this.#outlet.buffered));
    } else this.collect(message, length, this.#flusher.root);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flusher.schedule(this);
  }

  /** Writes one slice, the oldest. What is left waits for the socket when that is full, else for the next flush. */
  protected writeNext(): void {
    if (!this.#congested) this.writeSlice();
    // Mostly all is written, and there is no observer.
    if (this.#congested) this.#holdBack();
    else if (this.unwritten > 0) this.#schedule();
    if (this.#isObserved) this.#notify();
  }

  protected writeSlice(): void {
    if (this.waiting > 0) {
      this.writeBatch(this.takeWaiting(this.limits.highWaterBytes));
      return;
    }
    const run = this.takeSlice();
    if (run !== undefined) this.writeRun(run);
  }

  protected writeRun(run: Run): void {
    this.write(run.frame(this.framing, this.codec), run.length);
  }

  protected writeBatch(batch: readonly EncodedMessage[]): void {
    this.write(frameOf(batch, this.framing, this.codec), batch.length);
  }

  protected write(frame: Buffer, messages: number): void {
    this.#outlet.write(frame);
    this.#flusher.wrote(frame.length);
    this.ledger.deliver(messages);
    this.updateCongestion();
  }

  protected updateCongestion(): void {
    this.#congested = this.isBlocked;
  }
  protected get isBlocked(): boolean {
    return this.#outlet.buffered >= this.limits.highWaterBytes;
  }

  /** Number of messages that are still to be written. */
  protected get unwritten(): number {
    return this.messages;
  }
  /** Whether the client has no transport and may come back: then it is not slow. */
  protected get isDetached(): boolean {
    return false;
  }

  protected relieve(): void {
    this.#whenRelieved?.resolve();
    this.#whenRelieved = undefined;
  }

  /** Begins to watch the socket, and moves what has been collected to the waiting messages. */
  #holdBack(): void {
    if (this.watch?.isOn !== true && !this.isDetached) {
      this.watch ??= new SlowConsumerWatch(this.#outlet, this.limits, this.#alarms, (limit) => this.#timeOver(limit));
      this.watch.start();
      this.#report({ type: 'lane.congested' });
    }
    if (this.#state === 'closing') this.append(this.takeCollected());
    else this.#disconnectIf(this.waitAll(this.#outlet.buffered));
  }

  /** Whether the lane has a watch, or a pending promise of `relief` or `close`. */
  get #isObserved(): boolean {
    return this.watch !== undefined || this.#whenRelieved !== undefined || this.#whenClosed !== undefined;
  }

  /** Resolves the pending promises and stops the watch, as far as it is time. */
  #notify(): void {
    if (this.unwritten === 0) this.#whenClosed?.resolve();
    if (!this.isOver(this.#outlet.buffered)) this.watch?.withinLimits();
    if (this.#congested || this.unwritten > this.collectedMessages) return;
    if (this.closedSlices === 0) this.relieve();
    if (this.watch?.isOn !== true) return;
    this.watch.stop();
    this.#report({ type: 'lane.relieved' });
  }

  /** A limit of the watch is exceeded. An uncongested lane only waits for its flush: then the server is late. */
  #timeOver(limit: TimeLimit): void {
    if (!this.#congested) this.watch?.restart(limit);
    else if (limit === 'stall') this.#disconnectIf(stallText(this.limits.stallMs));
    else this.#disconnectIf(this.judge(this.#outlet.buffered));
  }

  /** The owner is told in a microtask, because the code that sends may be in a loop over many lanes. */
  #disconnectIf(text: string | undefined): void {
    if (text === undefined || this.#isDisconnecting) return;
    this.#isDisconnecting = true;
    this.discard('slow-consumer');
    queueMicrotask(() => this.#report(endedAsSlow(text)));
  }
}
