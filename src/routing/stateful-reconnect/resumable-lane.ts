import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { Transport } from '../../transports/transport.ts';
import { Lane } from '../lane.ts';
import type { LaneParts } from '../lane-parts.ts';
import type { DropReason } from '../ledger.ts';
import { frameOf, type Run } from '../run.ts';
import { type Bounds, DETACHED, type LaneLag } from '../slow-consumer.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { ResumableOutlet } from './resumable-outlet.ts';

/** Callbacks of a ResumableLane to its owner. */
export interface ResumableLaneOwner {
  /** The kept bytes have changed. */
  keptChanged(): void;
}

/**
 * The lane of a client with stateful reconnect. Written messages are numbered and kept until they are acknowledged.
 * Without a transport messages wait. To the next transport the unacknowledged messages are written first, then those
 * that have waited.
 */
export class ResumableLane extends Lane {
  readonly #outlet: ResumableOutlet;
  readonly #owner: ResumableLaneOwner;
  readonly #replay: ReplayBuffer;

  /** @param replayBytes Largest number of unacknowledged bytes that are kept. */
  constructor(parts: LaneParts, owner: ResumableLaneOwner, replayBytes: number) {
    const outlet = new ResumableOutlet(parts.transport);
    super(parts, outlet);
    this.#outlet = outlet;
    this.#owner = owner;
    this.#replay = new ReplayBuffer(parts.codec, replayBytes);
  }

  /** Whether the lane still has everything that the client has not acknowledged. */
  get isComplete(): boolean {
    return this.#replay.isComplete;
  }
  /** Whether everything that was unacknowledged at the change of transport has been written to the present one. */
  get hasResent(): boolean {
    return this.#replay.toResend === 0;
  }
  /** Bytes that are kept for the client: unacknowledged and waiting ones. */
  get keptBytes(): number {
    return this.#replay.bytes + this.bytes;
  }
  /** Their size in memory, in bytes. */
  get keptWeight(): number {
    return this.#replay.weight + this.bytes;
  }
  /** Size in memory of the unacknowledged messages, in bytes. */
  get replayWeight(): number {
    return this.#replay.weight;
  }

  override get lag(): LaneLag {
    const { messages, bytes, oldestMs } = super.lag;
    return { messages: messages + this.#replay.toResend, bytes: bytes + this.#replay.bytesToResend, oldestMs };
  }

  /** A detached client makes senders wait only when much waits for it. */
  override get isBusy(): boolean {
    return this.isDetached ? this.bytes >= this.limits.highWaterBytes : super.isBusy;
  }

  override push(message: EncodedMessage): boolean {
    const isTaken = super.push(message);
    if (isTaken && this.isDetached) this.#owner.keptChanged();
    return isTaken;
  }

  override drained(): void {
    if (!this.isDetached) super.drained();
  }

  /** The client has everything up to this number. */
  acknowledged(number: number): void {
    this.#replay.acknowledge(number);
    this.#owner.keptChanged();
  }

  /** Removes the oldest unacknowledged messages, until the weight is lower by this number of bytes. */
  trim(weight: number): void {
    this.#replay.trim(weight);
    this.#owner.keptChanged();
  }

  /** The transport is lost: from now on messages wait. */
  detach(): void {
    this.#outlet.detach();
    this.watch?.stop();
    this.updateCongestion();
    this.writeNext();
    // Senders that waited for the lost socket need not wait for the next one.
    if (!this.isBusy) this.relieve();
  }

  /**
   * Continues with another transport. First the sequence number of what follows is written, then all unacknowledged
   * messages. They are written in slices like everything else, so that a client that comes back and reads nothing fills
   * no socket.
   */
  attach(transport: Transport): void {
    this.#outlet.attach(transport);
    this.#replay.startResend();
    const sequenceId = this.#replay.firstNumber;
    const sequence = EncodedMessage.reply({ type: MessageType.Sequence, sequenceId }, this.codec);
    this.ledger.accept();
    const again = this.#replay.takeToResend(this.limits.highWaterBytes);
    this.write(frameOf([sequence, ...again], this.framing, this.codec), 1);
    this.writeNext();
    this.#owner.keptChanged();
  }

  override get isDetached(): boolean {
    return !this.#outlet.isAttached;
  }
  protected override get isBlocked(): boolean {
    return this.isDetached || super.isBlocked;
  }
  protected override get bounds(): Bounds {
    return this.isDetached ? DETACHED : super.bounds;
  }
  protected override get unwritten(): number {
    return super.unwritten + this.#replay.toResend;
  }

  protected override isOver(buffered: number): boolean {
    return !this.isDetached && super.isOver(buffered);
  }

  /** Writes the unacknowledged messages again before anything else. */
  protected override writeSlice(): void {
    if (this.hasResent) {
      super.writeSlice();
      return;
    }
    const again = this.#replay.takeToResend(this.limits.highWaterBytes);
    this.write(frameOf(again, this.framing, this.codec), 0);
    this.#owner.keptChanged();
  }

  /** The frame is shared with other lanes. */
  protected override writeRun(run: Run): void {
    this.#number(run.messages());
    super.writeRun(run);
  }

  protected override writeBatch(batch: readonly EncodedMessage[]): void {
    this.#number(batch);
    super.writeBatch(batch);
  }

  protected override discard(reason: DropReason): void {
    super.discard(reason);
    this.#replay.clear();
  }

  #number(messages: readonly EncodedMessage[]): void {
    for (const message of messages) this.#replay.add(message);
    this.#owner.keptChanged();
  }
}
