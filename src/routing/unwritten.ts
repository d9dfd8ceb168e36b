import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { Collected } from './collected.ts';
import type { LaneParts } from './lane-parts.ts';
import { type DropReason, Ledger } from './ledger.ts';
import { letWait } from './slow-consumer.ts';
import { Waiting } from './waiting.ts';

/**
 * The messages of one lane that have not been written: first those that wait because the socket takes no more, within the
 * limits of a slow consumer; then those that have been collected for the lane's next turn, which no limit judges before.
 *
 * The lane itself is one, instead of having one: a delivery is so short that following one more reference is felt.
 */
export abstract class Unwritten extends Collected {
  readonly ledger = new Ledger();
  readonly codec: Codec;
  #waiting: Waiting | undefined;

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

  /** Lets a message wait, or drops what the policy says. @returns why the client has to go, if it has to. */
  protected wait(message: EncodedMessage, buffered: number): string | undefined {
    this.#waiting ??= new Waiting();
    const { length } = message.bytes(this.codec);
    return letWait(message, length, this.#waiting, buffered, this.limits, this.ledger);
  }

  /**
   * Lets what has been collected wait from now on, as if it came now.
   *
   * @param buffered Bytes that the client's socket holds already.
   * @returns why the client has to go, if it has to.
   */
  protected judge(buffered: number): string | undefined {
    const messages = this.takeCollected();
    for (const [at, message] of messages.entries()) {
      const overflow = this.wait(message, buffered);
      if (overflow === undefined) continue;
      this.ledger.drop('slow-consumer', messages.length - at - 1);
      return overflow;
    }
    return undefined;
  }

  /** Lets messages wait whatever the limits say. */
  protected append(messages: readonly EncodedMessage[]): void {
    this.#waiting ??= new Waiting();
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
}
