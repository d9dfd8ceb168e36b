import type { Codec } from '../../protocol/codec.ts';
import type { EncodedMessage } from '../../protocol/encoded-message.ts';

/** Largest number of messages that are kept for one client, however short they are. */
const MAXIMUM_MESSAGES = 16_384;
/** Bytes of heap that a message takes besides its own, about. */
const MESSAGE_BYTES = 256;

/**
 * The messages that a client with stateful reconnect has been sent and has not acknowledged (ASP.NET Core SignalR's
 * MessageBuffer). They are shared with other lanes: their sequence numbers are not stored, but follow from their
 * positions, counted from 1.
 *
 * Unacknowledged does not mean unread: official clients acknowledge once a second. So when the buffer is full the
 * oldest messages are removed, and the client reads on. But until the client has acknowledged the removed ones, it
 * cannot resume.
 *
 * With each transport a client counts anew, from the sequence number that the server names, and it must not be further
 * than that. It may have acknowledged more than it has counted again. So an acknowledgement counts only for messages
 * that were written to the present transport for the first time.
 */
export class ReplayBuffer {
  readonly #codec: Codec;
  readonly #limitBytes: number;
  /** Removed messages leave a hole until the array is compacted. */
  #messages: (EncodedMessage | undefined)[] = [];
  #first = 0;
  /** Index of the first message that has to be written to the present transport again. */
  #toResend = 0;
  #firstNumber = 1;
  /** The client has acknowledged everything before this number. */
  #clientAt = 1;
  /** The last number that was written to an earlier transport. */
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
  /** Its size in memory, in bytes, as if no other lane shared the messages. */
  get weight(): number {
    return this.#bytes + this.length * MESSAGE_BYTES;
  }
  /** The number of the first message; when empty, of the next one. */
  get firstNumber(): number {
    return this.#firstNumber;
  }
  /** Whether it has everything that the client has not acknowledged. */
  get isComplete(): boolean {
    return this.#clientAt >= this.#firstNumber;
  }
  /** Number of messages that have to be written again, before anything else. */
  get toResend(): number {
    return this.#messages.length - this.#toResend;
  }
  get bytesToResend(): number {
    return this.#bytesToResend;
  }

  /** Adds a message that is being written now, after all others. */
  add(message: EncodedMessage): void {
    if (!message.tracked) return;
    this.#messages.push(message);
    this.#toResend = this.#messages.length;
    this.#bytes += this.#lengthOf(message);
    while (this.#bytes > this.#limitBytes || this.length > MAXIMUM_MESSAGES) this.#shift();
    this.#compact();
  }

  /**
   * Removes the oldest messages, until the weight is lower by this number, or only messages are left that have to be
   * written to the present transport again.
   */
  trim(weight: number): void {
    const most = this.weight - weight;
    while (this.weight > most && this.#first < this.#toResend) this.#shift();
    this.#compact();
  }

  /**
   * Begins for another transport: everything has to be written again, and the client counts from the first message on.
   */
  startResend(): void {
    this.#toResend = this.#first;
    this.#bytesToResend = this.#bytes;
    this.#clientAt = this.#firstNumber;
    this.#lastResent = this.#firstNumber + this.length - 1;
  }

  /** Takes the next messages to write again, until their bytes reach or pass this number. They stay in the buffer. */
  takeToResend(bytes: number): readonly EncodedMessage[] {
    const from = this.#toResend;
    const until = this.#bytesToResend - bytes;
    while (this.toResend > 0 && this.#bytesToResend > until) {
      this.#bytesToResend -= this.#lengthOf(this.#messages[this.#toResend] as EncodedMessage);
      this.#toResend += 1;
    }
    return this.#messages.slice(from, this.#toResend) as EncodedMessage[];
  }

  /** The client has everything up to this number. A number beyond the last one counts as the last one. */
  acknowledge(number: number): void {
    if (this.toResend > 0 || number <= this.#lastResent) return;
    const last = this.#firstNumber + this.length - 1;
    this.#clientAt = Math.max(this.#clientAt, Math.min(number, last) + 1);
    while (this.#firstNumber < this.#clientAt) this.#shift();
    this.#compact();
  }

  /** Removes everything: nothing will be written again. */
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

  /** A message is moved at most once for each one that was removed. */
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
