import { type Deferred, defer } from '../promises.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing } from '../transports/transport.ts';
import type { Flusher } from './flusher.ts';
import type { LaneOwner, LaneParts, Outlet } from './lane-parts.ts';
import type { DropReason } from './ledger.ts';
import { frameOf, type Run } from './run.ts';
import { stallText } from './slow-consumer.ts';
import { StallWatch } from './stall-watch.ts';
import { Unwritten } from './unwritten.ts';

/**
 * One connection's ordered outgoing queue: every byte for the connection passes it. A message is only appended; what is
 * collected is written when the flusher says that it is this lane's turn. What the socket does not take then waits here,
 * within limits.
 */
export class Lane extends Unwritten {
  readonly #owner: LaneOwner;
  readonly #outlet: Outlet;
  protected readonly framing: Framing;
  readonly #flusher: Flusher;
  readonly #alarms: LaneParts['alarms'];
  /** Once the socket did not keep up. */
  #stall: StallWatch | undefined;
  #scheduled = false;
  /** The socket is above its mark. Nothing is collected then: what comes waits. */
  #congested = false;
  /** The owner is about to hear that the client has to go. */
  #lagging = false;
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
    return this.#state === 'open' && !this.#lagging;
  }
  /** Whether the socket is above its high-water mark. */
  get isCongested(): boolean {
    return this.#congested;
  }
  /** Whether as much has been collected as is written in one turn. */
  get isTurnFull(): boolean {
    return this.turns > 0;
  }
  /** Whether there is enough to write for now: senders that can wait do so. */
  get isBusy(): boolean {
    return this.#congested || this.isTurnFull;
  }
  /** Whether a call that sends to its own client waits for its relief. */
  get slowsCaller(): boolean {
    return this.isBusy;
  }

  /** What waits for this client, here and in its socket. */
  get lag(): { readonly messages: number; readonly bytes: number } {
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
    else this.#lagIf(this.wait(message, this.#outlet.buffered));
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
    this.#stall?.stop();
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
    if (this.isTooMuch(length)) this.#lagIf(this.judge(this.#outlet.buffered));
    if (this.#lagging) this.ledger.drop('slow-consumer', 1);
    else this.collect(message, length, this.#flusher.root);
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
    if (!this.#congested) {
      if (this.waiting > 0) this.writeSome();
      else {
        const run = this.takeSlice();
        if (run !== undefined) this.writeRun(run);
      }
    }
    // Mostly all is written and nobody waits.
    if (this.#congested) this.#hold();
    else if (this.messages > 0) this.#schedule();
    if (this.#isMinded) this.#settle();
  }

  protected writeRun(run: Run): void {
    this.write(run.frame(this.framing, this.codec), run.length);
  }

  /** Writes the oldest of what waits. */
  protected writeSome(): void {
    const batch = this.takeWaiting(this.limits.highWaterBytes);
    this.write(frameOf(batch, this.framing, this.codec), batch.length);
  }

  protected write(frame: Buffer, messages: number): void {
    this.#outlet.write(frame);
    this.#flusher.wrote(frame.length);
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
  protected postpone(run: Run): void {
    this.append(run.messages());
    while (!this.#congested && this.waiting > 0) this.writeSome();
  }

  protected relieve(): void {
    this.#whenRelieved?.resolve();
    this.#whenRelieved = undefined;
  }

  protected stallText(stallMs: number): string {
    return stallText(stallMs);
  }

  /** Lets the rest of the turn wait, and watches the socket. */
  #hold(): void {
    if (this.#state === 'ending') this.append(this.takeCollected());
    else this.#lagIf(this.judge(this.#outlet.buffered));
    if (this.#stall?.isWatching === true) return;
    this.#stall ??= new StallWatch(this.#outlet, this.limits.stallMs, this.#alarms, () => this.#stalled());
    this.#stall.start();
    this.#owner.congested();
  }

  /** Whether anybody hears of what becomes of the lane: its stall watch, who waits for its relief, or for its end. */
  get #isMinded(): boolean {
    return this.#stall !== undefined || this.#whenRelieved !== undefined || this.#whenEnded !== undefined;
  }

  #settle(): void {
    if (this.messages === 0) this.#whenEnded?.resolve();
    if (this.#congested || this.waiting > 0) return;
    if (this.turns === 0) this.relieve();
    if (this.#stall?.isWatching !== true) return;
    this.#stall.stop();
    this.#owner.relieved();
  }

  /** While it waits for its turn it is the server that does not write. */
  #stalled(): void {
    if (this.#congested) this.#lagIf(this.stallText(this.limits.stallMs));
    else this.#stall?.start();
  }

  /** Later, because the code that sends may be in the middle of a loop over many lanes. */
  #lagIf(text: string | undefined): void {
    if (text === undefined || this.#lagging) return;
    this.#lagging = true;
    this.discard('slow-consumer');
    queueMicrotask(() => this.#owner.lagged(text));
  }
}
