import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { LaneParts } from './lane-parts.ts';
import { type DropReason, Ledger } from './ledger.ts';
import { RunQueue } from './run-queue.ts';
import { type Bounds, enqueueOrDrop, exceeds, GRACE, type Lag, overflowText, STRICT } from './slow-consumer.ts';
import type { SlowConsumerWatch } from './slow-consumer-watch.ts';
import { WaitingQueue } from './waiting-queue.ts';

/**
 * The messages of one lane that have not been written: first those that wait because the socket takes no more, within the
 * limits of a slow consumer; then those that have been collected for the lane's next turn, which no limit judges before.
 *
 * The lane itself is one, instead of having one: a delivery is so short that following one more reference is felt.
 */
export abstract class LaneQueue extends RunQueue {
  readonly ledger = new Ledger();
  readonly codec: Codec;
  /** Made when the socket does not keep up for the first time. */
  protected watch: SlowConsumerWatch | undefined;
  #waiting: WaitingQueue | undefined;

  constructor({ codec, limits }: Pick<LaneParts, 'codec' | 'limits'>) {
    super(limits);
    this.codec = codec;
  }

  protected get messages(): number {
    return this.waiting + this.collectedMessages;
  }
  protected get bytes(): number {
    return (this.#waiting === undefined ? 0 : this.#waiting.bytes) + this.collectedBytes;
  }
  /** How many messages wait. */
  protected get waiting(): number {
    return this.#waiting === undefined ? 0 : this.#waiting.length;
  }
  /** How far the limits apply by now. */
  protected get bounds(): Bounds {
    return this.watch?.isGraceOver === true ? STRICT : GRACE;
  }

  /** Whether more waits than the limits allow. One message of any size may. */
  protected isOver(buffered: number): boolean {
    return this.waiting > 1 && exceeds(this.#lag(buffered), this.limits, STRICT.endAt);
  }

  /** Whether so many bytes more are too much for one lane, whatever time its client has had. */
  protected isTooMuch(bytes: number, buffered: number): boolean {
    return exceeds(this.#lag(buffered, 1, bytes), this.limits, GRACE.endAt);
  }

  /**
   * Lets a message wait, or drops what the policy says.
   *
   * @param buffered Bytes that the client's socket holds already.
   * @returns why the client has to go, if it has to.
   */
  protected wait(message: EncodedMessage, buffered: number): string | undefined {
    const lag = this.#lag(buffered, 1, message.bytes(this.codec).length);
    if (!this.#enqueueOrDrop(message, buffered)) return overflowText(lag, this.limits);
    return this.#judgeIfGraceOver(buffered);
  }

  /** The same with all that has been collected, as if it came now. */
  protected waitAll(buffered: number): string | undefined {
    const lag = this.#lag(buffered);
    if (!this.#enqueueAll(this.takeCollected(), buffered)) return overflowText(lag, this.limits);
    return this.#judgeIfGraceOver(buffered);
  }

  /** The same with all that has been collected, and then with a message; before its turn only what is too much at once is. */
  protected waitBehindAll(message: EncodedMessage, buffered: number): string | undefined {
    const lag = this.#lag(buffered, 1, message.bytes(this.codec).length);
    const all = [...this.takeCollected(), message];
    return this.#enqueueAll(all, buffered, GRACE) ? undefined : overflowText(lag, this.limits);
  }

  /** The same with what waits already. */
  protected judge(buffered: number): string | undefined {
    const lag = this.#lag(buffered);
    const waiting = this.takeWaiting(Number.POSITIVE_INFINITY);
    return this.#enqueueAll(waiting, buffered) ? undefined : overflowText(lag, this.limits);
  }

  /** Lets messages wait whatever the limits say. */
  protected append(messages: readonly EncodedMessage[]): void {
    this.#waiting ??= new WaitingQueue();
    for (const message of messages) this.#waiting.push(message, message.bytes(this.codec).length);
  }

  /** The oldest of what waits, taken out, until so many bytes are reached or passed. */
  protected takeWaiting(bytes: number): readonly EncodedMessage[] {
    const taken = this.#waiting?.take(bytes, this.codec) ?? [];
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    return taken;
  }

  protected discard(reason: DropReason): void {
    this.ledger.drop(reason, this.messages);
    this.#waiting = undefined;
    this.takeCollected();
  }

  /** Begins to count the client's time when more waits than may. */
  #judgeIfGraceOver(buffered: number): string | undefined {
    return this.isOver(buffered) && this.watch?.overLimits() === true ? this.judge(buffered) : undefined;
  }

  #enqueueAll(messages: readonly EncodedMessage[], buffered: number, bounds = this.bounds): boolean {
    for (const [at, message] of messages.entries()) {
      if (this.#enqueueOrDrop(message, buffered, bounds)) continue;
      this.ledger.drop('slow-consumer', messages.length - at - 1);
      return false;
    }
    return true;
  }

  #enqueueOrDrop(message: EncodedMessage, buffered: number, bounds = this.bounds): boolean {
    this.#waiting ??= new WaitingQueue();
    const { length } = message.bytes(this.codec);
    return enqueueOrDrop(message, length, this.#waiting, buffered, this.limits, bounds, this.ledger);
  }

  #lag(buffered: number, moreMessages = 0, moreBytes = 0): Lag {
    return { messages: this.messages + moreMessages, bytes: this.bytes + buffered + moreBytes };
  }
}
