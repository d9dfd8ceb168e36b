import type { Codec } from '../../protocol/codec.ts';
import type { EncodedMessage } from '../../protocol/encoded-message.ts';

/** How many messages are kept for one client, however short they are. */
const MOST_MESSAGES = 16_384;
/** What a message takes in the heap besides its bytes, about. */
const MESSAGE_BYTES = 256;

/**
 * What a client with stateful reconnect has been sent and has not acknowledged. The messages are those that other lanes
 * have, too: their numbers are their places, counted from 1 on, and stand nowhere.
 *
 * Unacknowledged is not unread: official clients acknowledge once a second. So what exceeds the bound is let go, the oldest first,
 * and the client reads on; only, until it has acknowledged what was let go it cannot be given everything again.
 *
 * With each transport a client counts anew, from the number that we name, and it must not be further than that. It may have
 * acknowledged more than it has counted again; so an acknowledgement counts when it is of something that was written to the
 * present transport for the first time.
 */
export class ReplayBuffer {
  readonly #codec: Codec;
  readonly #limitBytes: number;
  /** Those that have gone leave a hole until the rest moves up. */
  #messages: (EncodedMessage | undefined)[] = [];
  #first = 0;
  /** Where those begin that have to be written to the present transport again. */
  #toResend = 0;
  #firstNumber = 1;
  /** The client stands at this number, or behind it. */
  #clientAt = 1;
  /** The last number that an earlier transport has had. */
  #lastResent = 0;
  #bytes = 0;
  #bytesToResend = 0;

  /** @param limitBytes Bytes that are kept, at most. */
  constructor(codec: Codec, limitBytes: number) {
    this.#codec = codec;
    this.#limitBytes = limitBytes;
  }

  get length(): number {
    return this.#messages.length - this.#first;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** What it takes in memory, in bytes, as if nobody shared it. */
  get weight(): number {
    return this.#bytes + this.length * MESSAGE_BYTES;
  }
  /** The number of its first message, or else of the next. */
  get firstNumber(): number {
    return this.#firstNumber;
  }
  /** Whether it has all that the client has not acknowledged. */
  get isComplete(): boolean {
    return this.#clientAt >= this.#firstNumber;
  }
  /** How many have to be written again, before anything else is. */
  get toResend(): number {
    return this.#messages.length - this.#toResend;
  }
  get bytesToResend(): number {
    return this.#bytesToResend;
  }

  /** A message that is written now, behind all others. */
  add(message: EncodedMessage): void {
    if (!message.tracked) return;
    this.#messages.push(message);
    this.#toResend = this.#messages.length;
    this.#bytes += this.#lengthOf(message);
    while (this.#bytes > this.#limitBytes || this.length > MOST_MESSAGES) this.#shift();
    this.#compact();
  }

  /** Lets the oldest go until it weighs so much less, or nothing is left that has been written to the present transport. */
  trim(weight: number): void {
    const most = this.weight - weight;
    while (this.weight > most && this.#first < this.#toResend) this.#shift();
    this.#compact();
  }

  /** There is another transport: everything is written once more, and the client counts from the first of it on. */
  startResend(): void {
    this.#toResend = this.#first;
    this.#bytesToResend = this.#bytes;
    this.#clientAt = this.#firstNumber;
    this.#lastResent = this.#firstNumber + this.length - 1;
  }

  /** The next that are to be written again, until so many bytes are reached or passed. */
  takeToResend(bytes: number): readonly EncodedMessage[] {
    const from = this.#toResend;
    const until = this.#bytesToResend - bytes;
    while (this.toResend > 0 && this.#bytesToResend > until) {
      this.#bytesToResend -= this.#lengthOf(this.#messages[this.#toResend] as EncodedMessage);
      this.#toResend += 1;
    }
    return this.#messages.slice(from, this.#toResend) as EncodedMessage[];
  }

  /** The client has everything up to this number; a number beyond the last says no more than the last. */
  acknowledge(number: number): void {
    if (this.toResend > 0 || number <= this.#lastResent) return;
    const last = this.#firstNumber + this.length - 1;
    this.#clientAt = Math.max(this.#clientAt, Math.min(number, last) + 1);
    while (this.#firstNumber < this.#clientAt) this.#shift();
    this.#compact();
  }

  /** Nothing will be sent again. */
  clear(): void {
    this.#messages = [];
    this.#first = 0;
    this.#toResend = 0;
    this.#bytes = 0;
    this.#bytesToResend = 0;
  }

  #shift(): void {
    const message = this.#messages[this.#first] as EncodedMessage;
    this.#messages[this.#first] = undefined;
    this.#bytes -= this.#lengthOf(message);
    this.#first += 1;
    this.#firstNumber += 1;
  }

  /** Each message is moved at most once for each that goes. */
  #compact(): void {
    if (this.#first === 0 || this.#first * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#first);
    this.#toResend -= this.#first;
    this.#first = 0;
  }

  #lengthOf(message: EncodedMessage): number {
    return message.bytes(this.#codec).length;
  }
}
