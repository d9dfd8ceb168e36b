import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { Transport } from '../../transports/transport.ts';
import { Lane } from '../lane.ts';
import type { LaneParts } from '../lane-parts.ts';
import type { DropReason } from '../ledger.ts';
import { frameOf, type Run } from '../run.ts';
import { AWAY, type Bounds, type Lag } from '../slow-consumer.ts';
import { Replay } from './replay.ts';
import { ResumableOutlet } from './resumable-outlet.ts';

/** Owner of a lane to a client that may come back. */
export interface ResumableLaneOwner {
  /** What is kept for the client has changed. */
  keepsOtherwise(): void;
}

/**
 * The lane of a client with stateful reconnect. What it writes is numbered and kept until it is acknowledged. Without a
 * transport messages wait; with the next one the unacknowledged come first, and then what has waited.
 */
export class ResumableLane extends Lane {
  readonly #outlet: ResumableOutlet;
  readonly #owner: ResumableLaneOwner;
  readonly #replay: Replay;

  /** @param replayBytes Unacknowledged bytes that are kept, at most. */
  constructor(parts: LaneParts, owner: ResumableLaneOwner, replayBytes: number) {
    const outlet = new ResumableOutlet(parts.transport);
    super(parts, outlet);
    this.#outlet = outlet;
    this.#owner = owner;
    this.#replay = new Replay(parts.codec, replayBytes);
  }

  /** Whether the client can be given all that it has not acknowledged. */
  get isWhole(): boolean {
    return this.#replay.isWhole;
  }
  /** Whether the present transport has had everything that was written to those before it. */
  get hasRepeated(): boolean {
    return this.#replay.unrepeated === 0;
  }
  /** Bytes that are kept for the client: unacknowledged, and waiting. */
  get keptBytes(): number {
    return this.#replay.bytes + this.bytes;
  }
  /** What those take in memory. */
  get keptWeight(): number {
    return this.#replay.weight + this.bytes;
  }
  /** What those take that are unacknowledged. */
  get replayWeight(): number {
    return this.#replay.weight;
  }

  override get lag(): Lag {
    const { messages, bytes } = super.lag;
    return { messages: messages + this.#replay.unrepeated, bytes: bytes + this.#replay.unrepeatedBytes };
  }

  /** A client that is away slows nobody before much waits for it. */
  override get isBusy(): boolean {
    return this.isAway ? this.bytes >= this.limits.highWaterBytes : super.isBusy;
  }

  override push(message: EncodedMessage): boolean {
    const isTaken = super.push(message);
    if (isTaken && this.isAway) this.#owner.keepsOtherwise();
    return isTaken;
  }

  override drained(): void {
    if (!this.isAway) super.drained();
  }

  /** The client has everything up to this number. */
  acknowledged(number: number): void {
    this.#replay.acknowledge(number);
    this.#owner.keepsOtherwise();
  }

  /** Lets go what the client has not acknowledged for longest, until it weighs so much less. */
  letGo(weight: number): void {
    this.#replay.letGo(weight);
    this.#owner.keepsOtherwise();
  }

  /** The transport is lost. */
  detach(): void {
    this.#outlet.detach();
    this.watch?.stop();
    this.look();
    this.writeNext();
    // Senders that have waited for the lost socket need not wait for the next one.
    if (!this.isBusy) this.relieve();
  }

  /**
   * Another transport. First the number of what follows; then all that was not acknowledged, in slices as everything else, so
   * that a client that comes back and reads nothing fills no socket.
   */
  attach(transport: Transport): void {
    this.#outlet.attach(transport);
    this.#replay.repeat();
    const sequenceId = this.#replay.firstNumber;
    const sequence = EncodedMessage.reply({ type: MessageType.Sequence, sequenceId }, this.codec);
    this.ledger.accept();
    const again = this.#replay.takeUnrepeated(this.limits.highWaterBytes);
    this.write(frameOf([sequence, ...again], this.framing, this.codec), 1);
    this.writeNext();
    this.#owner.keepsOtherwise();
  }

  override get isAway(): boolean {
    return !this.#outlet.isAttached;
  }
  protected override get isBlocked(): boolean {
    return this.isAway || super.isBlocked;
  }
  protected override get bounds(): Bounds {
    return this.isAway ? AWAY : super.bounds;
  }
  protected override get unwritten(): number {
    return super.unwritten + this.#replay.unrepeated;
  }

  protected override isOver(buffered: number): boolean {
    return !this.isAway && super.isOver(buffered);
  }

  /** What was written before is written again before anything else. */
  protected override writeSlice(): void {
    if (this.hasRepeated) {
      super.writeSlice();
      return;
    }
    const again = this.#replay.takeUnrepeated(this.limits.highWaterBytes);
    this.write(frameOf(again, this.framing, this.codec), 0);
    this.#owner.keepsOtherwise();
  }

  /** The frame is the one that other lanes write, too. */
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
    this.#owner.keepsOtherwise();
  }
}
