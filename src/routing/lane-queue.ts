import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { LaneParts } from './lane-parts.ts';
import { type DropReason, Ledger } from './ledger.ts';
import { RunQueue } from './run-queue.ts';
import { type Bounds, enqueueOrDrop, exceeds, GRACE, type Lag, overflowText, STRICT } from './slow-consumer.ts';
import type { SlowConsumerWatch } from './slow-consumer-watch.ts';
import { WaitingQueue } from './waiting-queue.ts';

/**
 * The messages of one lane that have not been written. The first ones wait because the socket takes no more, within the
 * limits of `slowConsumer`. Behind them are those collected for the next flush; no limit applies to these before it.
 *
 * A base class of Lane and not a part of it: a delivery is so short that one more reference to follow is measurable.
 */
export abstract class LaneQueue extends RunQueue {
  readonly ledger = new Ledger();
  /** The codec of the connection, or its variant. */
  readonly codec: Codec;
  /** Made when the socket is congested for the first time. */
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
  /** Number of messages that wait for the socket. */
  protected get waiting(): number {
    return this.#waiting === undefined ? 0 : this.#waiting.length;
  }
  /** The multiples of the limits that apply now. */
  protected get bounds(): Bounds {
    return this.watch?.isGraceOver === true ? STRICT : GRACE;
  }

  /** Whether more waits than the limits allow. One single message may have any size. */
  protected isOver(buffered: number): boolean {
    return this.waiting > 1 && exceeds(this.#lag(buffered), this.limits, STRICT.endAt);
  }

  /** Whether one more message of this size exceeds the hard limit, which applies during the grace time, too. */
  protected isTooMuch(bytes: number, buffered: number): boolean {
    return exceeds(this.#lag(buffered, 1, bytes), this.limits, GRACE.endAt);
  }

  /**
   * Enqueues a message to wait for the socket, or drops what the policy says.
   *
   * @param buffered Bytes in the buffer of the client's socket.
   * @returns the reason to disconnect the client, if there is one.
   */
  protected wait(message: EncodedMessage, buffered: number): string | undefined {
    const lag = this.#lag(buffered, 1, message.bytes(this.codec).length);
    if (!this.#enqueueOrDrop(message, buffered)) return overflowText(lag, this.limits);
    return this.#judgeIfGraceOver(buffered);
  }

  /** The same for all collected messages, as if they came now. */
  protected waitAll(buffered: number): string | undefined {
    const lag = this.#lag(buffered);
    if (!this.#enqueueAll(this.takeCollected(), buffered)) return overflowText(lag, this.limits);
    return this.#judgeIfGraceOver(buffered);
  }

  /** The same for all collected messages and one more. Before their flush only the hard limit applies. */
  protected waitBehindAll(message: EncodedMessage, buffered: number): string | undefined {
    const lag = this.#lag(buffered, 1, message.bytes(this.codec).length);
    const all = [...this.takeCollected(), message];
    return this.#enqueueAll(all, buffered, GRACE) ? undefined : overflowText(lag, this.limits);
  }

  /** Applies the present limits to the waiting messages. @returns as `wait`. */
  protected judge(buffered: number): string | undefined {
    const lag = this.#lag(buffered);
    const waiting = this.takeWaiting(Number.POSITIVE_INFINITY);
    return this.#enqueueAll(waiting, buffered) ? undefined : overflowText(lag, this.limits);
  }

  /** Enqueues messages without regard to the limits. */
  protected append(messages: readonly EncodedMessage[]): void {
    this.#waiting ??= new WaitingQueue();
    for (const message of messages) this.#waiting.push(message, message.bytes(this.codec).length);
  }

  /** Removes the oldest waiting messages, until their bytes reach or pass this number. */
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

  /** Over the limits: begins to count the grace time, or applies the limits when it is over. */
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
