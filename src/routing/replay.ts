import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';

/**
 * What a client with stateful reconnect has been sent and has not acknowledged. The messages are those that other lanes
 * have, too: their numbers are their places, counted from 1 on, and stand nowhere.
 */
export class Replay {
  readonly #codec: Codec;
  readonly #limitBytes: number;
  /** Those that have gone leave a hole until the rest moves up. */
  #messages: (EncodedMessage | undefined)[] = [];
  #first = 0;
  #firstNumber = 1;
  #bytes = 0;
  #unwritten = 0;
  #unwrittenBytes = 0;

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
  /** The number of its first message, or else of the next. */
  get firstNumber(): number {
    return this.#firstNumber;
  }
  /** Whether what follows has to wait for acknowledgements. What crosses the limit still goes. */
  get isFull(): boolean {
    return this.#bytes > this.#limitBytes;
  }
  /** How many at its end no transport has had yet. */
  get unwritten(): number {
    return this.#unwritten;
  }
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** So many bytes more make it full. */
  get room(): number {
    return this.#limitBytes + 1 - this.#bytes;
  }

  /** @param isWritten Whether a transport has it; otherwise it goes with the next one. */
  add(message: EncodedMessage, isWritten: boolean): void {
    if (!message.tracked) return;
    this.#messages.push(message);
    const { length } = message.bytes(this.#codec);
    this.#bytes += length;
    if (isWritten) return;
    this.#unwritten += 1;
    this.#unwrittenBytes += length;
  }

  /** All that it holds, to be written to a new transport. */
  messages(): readonly EncodedMessage[] {
    return this.#messages.slice(this.#first) as EncodedMessage[];
  }

  /** Everything has been given to a transport. */
  written(): void {
    this.#unwritten = 0;
    this.#unwrittenBytes = 0;
  }

  /** Nothing will be sent again. */
  clear(): void {
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
    this.written();
  }

  /**
   * The client has everything up to this number; a number beyond the last says no more than the last.
   *
   * @returns whether that was news.
   */
  acknowledge(number: number): boolean {
    const before = this.#firstNumber;
    while (this.#firstNumber <= number && this.length > this.#unwritten) {
      const message = this.#messages[this.#first] as EncodedMessage;
      this.#messages[this.#first] = undefined;
      this.#bytes -= message.bytes(this.#codec).length;
      this.#first += 1;
      this.#firstNumber += 1;
    }
    if (this.#firstNumber === before) return false;
    // Each message is moved at most once for each that goes.
    if (this.#first * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }
}
