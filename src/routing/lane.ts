import { type Deferred, defer } from '../promises.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';
import type { LaneOwner, LaneParts, Outlet } from './lane-parts.ts';
import { LaneQueue } from './lane-queue.ts';
import type { DropReason } from './ledger.ts';
import { frameOf, type Run } from './run.ts';
import { type Lag, stallText } from './slow-consumer.ts';
import { type Lateness, SlowConsumerWatch } from './slow-consumer-watch.ts';

/**
 * One connection's ordered outgoing queue: every byte for the connection passes it. A message is only appended; what is
 * collected is written when the flusher says that it is this lane's turn. What the socket does not take then waits here,
 * within limits.
 */
export class Lane extends LaneQueue {
  readonly #owner: LaneOwner;
  readonly #outlet: Outlet;
  protected readonly framing: Framing;
  readonly #flusher: Flusher;
  readonly #alarms: LaneParts['alarms'];
  #scheduled = false;
  /** The socket is above its mark. Nothing is collected then: what comes waits. */
  #congested = false;
  /** The owner is about to hear that the client has to go. */
  #isDisconnecting = false;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #whenRelieved: Deferred<void> | undefined;
  #whenEnded: Deferred<void> | undefined;

  /** @param outlet Where frames go: to the transport, unless something stands between. */
  constructor(parts: LaneParts, outlet: Outlet = parts.transport) {
    super(parts);
    this.#owner = parts.owner;
    this.#outlet = outlet;
    this.framing = parts.transport.framing(parts.codec.transferFormat);
    this.#flusher = parts.flusher;
    this.#alarms = parts.alarms;
  }

  /** Whether messages still reach the client by this lane. */
  get isOpen(): boolean {
    return this.#state === 'open' && !this.#isDisconnecting;
  }
  /** Whether the socket is above its high-water mark. */
  get isCongested(): boolean {
    return this.#congested;
  }
  /** Whether as much has been collected as is written in one turn. */
  get isTurnFull(): boolean {
    return this.turns > 0;
  }
  /** Whether more waits than the limits allow: the client's own calls wait then. */
  get isOverfull(): boolean {
    return this.isOver(this.#outlet.buffered);
  }
  /** Whether the lane has enough to write: senders that can wait do so. */
  get isBusy(): boolean {
    return this.#congested || this.isTurnFull;
  }
  /** What waits for this client, here and in its socket. */
  get lag(): Lag {
    return { messages: this.messages, bytes: this.bytes + this.#outlet.buffered };
  }

  /** Resolves when the lane is no longer busy, or has ended. */
  relief(): Promise<void> {
    if (!this.isBusy || this.#state !== 'open') return Promise.resolve();
    this.#whenRelieved ??= defer();
    return this.#whenRelieved.promise;
  }

  /** Takes a message, unless the lane has ended. Never throws, and never writes. */
  push(message: EncodedMessage): boolean {
    if (!this.isOpen) return false;
    this.ledger.accept();
    if (!this.#congested) this.#collect(message);
    else this.#disconnectIf(this.wait(message, this.#outlet.buffered));
    return true;
  }

  /** Takes a message that is not worth waiting: when it would have to, there is enough to say already. */
  pushUnlessCongested(message: EncodedMessage): boolean {
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
    this.watch?.withinLimits();
    this.relieve();
    if (discard !== undefined) this.discard(discard);
    if (last !== undefined) {
      this.ledger.accept();
      // With nothing before it, it may as well stand in the socket's own buffer, for the case that the client reads on.
      if (discard !== undefined) this.write(frameOf([last], this.framing, this.codec), 1);
      else if (this.#congested) this.append([last]);
      else this.#collect(last);
    }
    // It does not wait for its turn, unless it has more to say than one.
    this.writeNext();
    return this.#whenEnded.promise;
  }

  /** The transport is gone: whatever is left is dropped. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.discard('connection-closed');
    this.watch?.stop();
    this.relieve();
    this.#whenEnded?.resolve();
  }

  /** The kernel has taken what was above the high-water mark. */
  drained(): void {
    if (!this.#congested || this.#state === 'closed') return;
    this.#congested = false;
    this.#schedule();
  }

  /** Its turn, given by the flusher. */
  flush(): void {
    this.#scheduled = false;
    if (this.#state !== 'closed') this.writeNext();
  }

  #collect(message: EncodedMessage): void {
    const { length } = message.bytes(this.codec);
    if ((this.turns > 0 || this.waiting > 0) && this.isTooMuch(length, this.#outlet.buffered)) {
      this.#disconnectIf(this.waitBehindAll(message, this.#outlet.buffered));
    } else this.collect(message, length, this.#flusher.root);
    if (this.turns > 0) this.#flusher.rounds.appendedBehind(this.turns);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flusher.schedule(this);
  }

  /** Writes the oldest, as much as fits one turn; what the socket has no room for waits, and what is left asks for a turn. */
  protected writeNext(): void {
    if (!this.#congested) this.writeSlice();
    // Mostly all is written and nobody waits.
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

  /** How many messages are still to be written. */
  protected get unwritten(): number {
    return this.messages;
  }
  /** Whether nobody is there to read, and that is nobody's fault. */
  protected get isDetached(): boolean {
    return false;
  }

  protected relieve(): void {
    this.#whenRelieved?.resolve();
    this.#whenRelieved = undefined;
  }

  /** Watches the socket, and lets the rest of the turn wait. */
  #holdBack(): void {
    if (this.watch?.isOn !== true && !this.isDetached) {
      this.watch ??= new SlowConsumerWatch(this.#outlet, this.limits, this.#alarms, (what) => this.#late(what));
      this.watch.start();
      this.#owner.congested();
    }
    if (this.#state === 'ending') this.append(this.takeCollected());
    else this.#disconnectIf(this.waitAll(this.#outlet.buffered));
  }

  /** Whether anybody hears of what becomes of the lane: its watch, who waits for its relief, or for its end. */
  get #isObserved(): boolean {
    return this.watch !== undefined || this.#whenRelieved !== undefined || this.#whenEnded !== undefined;
  }

  #notify(): void {
    if (this.unwritten === 0) this.#whenEnded?.resolve();
    if (!this.isOver(this.#outlet.buffered)) this.watch?.withinLimits();
    if (this.#congested || this.unwritten > this.collectedMessages) return;
    if (this.turns === 0) this.relieve();
    if (this.watch?.isOn !== true) return;
    this.watch.stop();
    this.#owner.relieved();
  }

  /** While it waits for its turn it is the server that does not write. */
  #late(what: Lateness): void {
    if (!this.#congested) this.watch?.renew(what);
    else if (what === 'stalled') this.#disconnectIf(stallText(this.limits.stallMs));
    else this.#disconnectIf(this.judge(this.#outlet.buffered));
  }

  /** Later, because the code that sends may be in the middle of a loop over many lanes. */
  #disconnectIf(text: string | undefined): void {
    if (text === undefined || this.#isDisconnecting) return;
    this.#isDisconnecting = true;
    this.discard('slow-consumer');
    queueMicrotask(() => this.#owner.disconnectSlow(text));
  }
}
