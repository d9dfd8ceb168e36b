/** Number of taken messages that may stay in the list: removing each at once would move all others. */
const TAKEN = 64;

/** The end of a message of a transport. */
export interface MessageEnd {
  /** Bytes of the message. */
  readonly length: number;
  readonly isBinary: boolean;
}

/**
 * Ends of the messages in a RecordBuffer, for codecs with one record in each message of the transport. An empty message
 * is no record, and is skipped.
 */
export class MessageEnds {
  #ends: MessageEnd[] = [];
  /** Index of the next message. */
  #next = 0;
  /** Number of bytes of the last message, which has not ended. */
  #unfinished = 0;

  /** The next whole message. undefined: none has ended. */
  get next(): MessageEnd | undefined {
    return this.#ends[this.#next];
  }

  append(bytes: number, endsMessage: boolean, isBinary: boolean): void {
    this.#unfinished += bytes;
    if (!endsMessage || this.#unfinished === 0) return;
    this.#ends.push({ length: this.#unfinished, isBinary });
    this.#unfinished = 0;
  }

  /** Removes the next message. */
  shift(): void {
    this.#next += 1;
    if (this.#next < TAKEN && this.#next < this.#ends.length) return;
    this.#ends.splice(0, this.#next);
    this.#next = 0;
  }

  clear(): void {
    this.#ends = [];
    this.#next = 0;
    this.#unfinished = 0;
  }
}
