import { EncodedMessage } from '../protocol/encoded-message.ts';
import { MessageType } from '../protocol/messages.ts';
import type { Transport } from '../transports/transport.ts';
import { Lane } from './lane.ts';
import type { LaneParts } from './lane-parts.ts';
import type { DropReason } from './ledger.ts';
import { type Hearing, ResumableOutlet } from './resumable-outlet.ts';
import { frameOf, type Run } from './run.ts';
import { unacknowledgedText } from './slow-consumer.ts';

/** Whose lane it is. */
export interface ResumableLaneOwner extends Hearing {
  /** More is kept for the client while it has no transport. */
  keptMore(): void;
}

/**
 * The lane of a client with stateful reconnect. What it writes is numbered and kept until it is acknowledged; past a limit
 * what follows waits. Without a transport messages are numbered all the same, and go with the next one.
 */
export class ResumableLane extends Lane {
  readonly #outlet: ResumableOutlet;
  readonly #owner: ResumableLaneOwner;

  /** @param replayBytes So many bytes that the client has not acknowledged hold back what follows. */
  constructor(parts: LaneParts, owner: ResumableLaneOwner, replayBytes: number) {
    const outlet = new ResumableOutlet(parts, owner, replayBytes);
    super(parts, outlet);
    this.#outlet = outlet;
    this.#owner = owner;
  }

  /** What is kept for the client here, in bytes. */
  get keptBytes(): number {
    return super.lag.bytes + this.#outlet.replay.bytes;
  }

  override get lag(): { readonly messages: number; readonly bytes: number } {
    const { messages, bytes } = super.lag;
    const { unwritten, unwrittenBytes } = this.#outlet.replay;
    return { messages: messages + unwritten, bytes: bytes + unwrittenBytes };
  }

  /** Not when the acknowledgement that would relieve the lane stands behind that very call. */
  override get slowsCaller(): boolean {
    return super.slowsCaller && !this.#outlet.isFullUnheard;
  }

  override push(message: EncodedMessage): boolean {
    const isTaken = super.push(message);
    if (isTaken && !this.#outlet.hasTransport) this.#owner.keptMore();
    return isTaken;
  }

  /** A ping or an Ack does not wait for acknowledgements. */
  override pass(message: EncodedMessage): boolean {
    if (super.pass(message)) return true;
    if (!this.isOpen || !this.#outlet.hasTransport || this.#outlet.isSlow) return false;
    this.ledger.accept();
    this.write(frameOf([message], this.framing, this.codec), 1);
    return true;
  }

  override end(last: EncodedMessage | undefined, discard?: DropReason): Promise<void> {
    this.#outlet.finish();
    this.look();
    return super.end(last, discard);
  }

  override drained(): void {
    if (!this.#outlet.isFull) super.drained();
  }

  /** The client has everything up to this number. */
  acknowledged(number: number): void {
    if (this.#outlet.acknowledge(number) && !this.#outlet.isSlow) this.drained();
  }

  /** Those who wait for relief go on if what would relieve the lane is not heard before they do. */
  releaseUnheard(): void {
    if (this.#outlet.isFullUnheard) this.relieve();
  }

  /** The transport is lost. */
  detach(): void {
    this.#outlet.detach();
    this.look();
    this.writeNext();
  }

  /**
   * Another transport. The number of what follows, and all that was not acknowledged, go as one frame: the client gets all
   * of it or nothing, and so both sides always agree on where they stand.
   */
  attach(transport: Transport): void {
    const { replay } = this.#outlet;
    this.#outlet.attach(transport);
    const sequence = EncodedMessage.reply({ type: MessageType.Sequence, sequenceId: replay.firstNumber }, this.codec);
    const { unwritten } = replay;
    replay.written();
    this.ledger.accept();
    this.write(frameOf([sequence, ...replay.messages()], this.framing, this.codec), 1 + unwritten);
    this.writeNext();
  }

  protected override get isBlocked(): boolean {
    return super.isBlocked || this.#outlet.isFull;
  }

  /** A run that fits is written as it is: the frame that other lanes write, too. */
  protected override writeRun(run: Run): void {
    const messages = run.messages();
    if (!this.#outlet.hasTransport || bytesOf(messages, this.codec) >= this.#outlet.room) {
      this.postpone(run);
      return;
    }
    this.#outlet.number(messages);
    super.writeRun(run);
  }

  protected override writeSome(): void {
    const batch = this.takeWaiting(Math.min(this.limits.highWaterBytes, this.#outlet.room));
    const kept = this.#outlet.number(batch);
    if (this.#outlet.hasTransport) {
      this.write(frameOf(batch, this.framing, this.codec), batch.length);
      return;
    }
    // Nobody needs a ping afterwards.
    this.ledger.drop('connection-closed', batch.length - kept);
    this.look();
  }

  protected override discard(reason: DropReason): void {
    super.discard(reason);
    this.ledger.drop(reason, this.#outlet.replay.unwritten);
    this.#outlet.replay.clear();
  }

  protected override stallText(stallMs: number): string {
    return this.#outlet.isSlow ? super.stallText(stallMs) : unacknowledgedText(stallMs);
  }
}

function bytesOf(messages: readonly EncodedMessage[], codec: LaneParts['codec']): number {
  let bytes = 0;
  for (const message of messages) bytes += message.bytes(codec).length;
  return bytes;
}
