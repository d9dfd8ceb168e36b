import { type MessageEnd, MessageEnds } from './message-ends.ts';
import type { RecordLayout } from './record-layout.ts';

const EMPTY: Buffer = Buffer.alloc(0);
/** Least size of the copy of unfinished bytes; a buffer no larger than this is not copied again. */
const SMALLEST = 256;

/**
 * Bytes that have arrived and have not been taken as records. A chunk for an empty buffer is used as it is. Only an
 * unfinished record is copied, into a buffer that doubles, so that a record sent byte by byte costs O(n), not O(n^2).
 */
export class RecordBuffer {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** There is no separator before this index: a long unfinished record is not searched again from its beginning. */
  #searched = 0;
  #owned = false;
  /** undefined: records show by themselves where they end. */
  readonly #ends: MessageEnds | undefined;

  constructor(recordsPerMessage: RecordLayout['recordsPerMessage'] = 'many') {
    this.#ends = recordsPerMessage === 'one' ? new MessageEnds() : undefined;
  }

  /** Number of bytes that wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * @param endsMessage Whether the chunk is the end of a message of the transport.
   * @param isBinary Whether that message is a binary one.
   */
  append(chunk: Buffer, endsMessage = false, isBinary = false): void {
    this.#ends?.append(chunk.length, endsMessage, isBinary);
    if (chunk.length === 0) return;
    if (this.#start === this.#end) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      this.#owned = false;
      return;
    }
    const length = this.length + chunk.length;
    if (!this.#owned || this.#end + chunk.length > this.#bytes.length) this.#move(length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** Takes the bytes before the next `separator`, and removes both. undefined while it has not arrived. */
  takeUntil(separator: number): Buffer | undefined {
    const at = this.#bytes.indexOf(separator, Math.max(this.#start, this.#searched));
    if (at === -1 || at >= this.#end) {
      this.#searched = this.#end;
      return undefined;
    }
    const record = this.#bytes.subarray(this.#start, at);
    this.#start = at + 1;
    this.#searched = this.#start;
    return record;
  }

  /** The next message of the transport, which `takeMessage` takes; undefined while it has not ended. */
  get message(): MessageEnd | undefined {
    return this.#ends?.next;
  }

  /**
   * Takes the next message of the transport; undefined while it has not ended. Only for buffers with one record in each
   * message, of which nothing else is taken.
   */
  takeMessage(): Buffer | undefined {
    const { message } = this;
    if (message === undefined) return undefined;
    this.#ends?.shift();
    return this.take(message.length);
  }

  /** The byte at an index, counted from the first one that waits. */
  at(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#start + index] : undefined;
  }

  /** Takes the next bytes; at least as many have to wait. */
  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    return taken;
  }

  /** Removes the next bytes; at least as many have to wait. */
  skip(length: number): void {
    this.#start += length;
  }

  /**
   * Frees the memory of what has been taken. To be called when nothing more can be taken for now. What waits is copied
   * when it is less than half of the memory that it keeps alive: a chunk is often a part of a larger piece of memory,
   * and one byte of it would keep all of that. Each copy is at most half of the one before, so all copies together cost
   * O(n).
   */
  compact(): void {
    if (this.#start === this.#end) {
      this.clear();
      return;
    }
    const kept = this.#bytes.buffer.byteLength;
    if (kept <= SMALLEST || 2 * this.length >= kept) return;
    this.#move(this.length);
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = this.#end = this.#searched = 0;
    this.#owned = false;
    this.#ends?.clear();
  }

  #move(length: number): void {
    // Not from Node's pool: a part of the pool would keep its other parts alive.
    const own = Buffer.allocUnsafeSlow(Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(length))));
    this.#bytes.copy(own, 0, this.#start, this.#end);
    this.#searched = Math.max(0, this.#searched - this.#start);
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = own;
    this.#owned = true;
  }
}
