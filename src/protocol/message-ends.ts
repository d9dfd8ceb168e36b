/** Number of taken lengths that may stay in the list: removing each at once would move all others. */
const TAKEN = 64;

/** Lengths of the messages in a RecordBuffer, for codecs with one record in each message of the transport. */
export class MessageEnds {
  #lengths: number[] = [];
  /** Index of the next message. */
  #next = 0;
  /** Number of bytes of the last message, which has not ended. */
  #unfinished = 0;

  /** Length of the next whole message, in bytes. undefined: none has ended. */
  get next(): number | undefined {
    return this.#lengths[this.#next];
  }

  append(bytes: number, endsMessage: boolean): void {
    this.#unfinished += bytes;
    if (!endsMessage) return;
    this.#lengths.push(this.#unfinished);
    this.#unfinished = 0;
  }

  /** Removes the next message. */
  shift(): void {
    this.#next += 1;
    if (this.#next < TAKEN && this.#next < this.#lengths.length) return;
    this.#lengths.splice(0, this.#next);
    this.#next = 0;
  }

  clear(): void {
    this.#lengths = [];
    this.#next = 0;
    this.#unfinished = 0;
  }
}
