const EMPTY: Buffer = Buffer.alloc(0);
/** Least size of the copy of unfinished bytes; a buffer no larger than this is not copied again. */
const SMALLEST = 256;

/**
 * Bytes that have arrived and are not yet records. A chunk that meets an empty buffer is taken as it is; only what stays
 * unfinished is ever copied, into a buffer that doubles, so that a record sent byte by byte costs O(n), not O(n^2).
 */
export class RecordBuffer {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Up to here there is no separator: a long unfinished record is not searched from its beginning again. */
  #searched = 0;
  #owned = false;

  /** How many bytes wait. */
  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Buffer): void {
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

  /** The bytes before the next `separator`, which goes with them; undefined while it has not arrived. */
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

  /** A byte that waits, counted from the first. */
  at(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#start + index] : undefined;
  }

  /** So many of the bytes that wait; there have to be as many. */
  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    return taken;
  }

  /** Leaves out so many of the bytes that wait; there have to be as many. */
  skip(length: number): void {
    this.#start += length;
  }

  /**
   * Lets go of what has been taken; to be called when nothing more can be taken for now. What waits is copied out when it is
   * less than half of the memory that it keeps alive: a chunk is often a part of a larger piece of memory, and one byte of
   * it would hold all of that. What is copied halves each time, so all of it together costs O(n).
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
  }

  #move(length: number): void {
    // Memory of its own: a part of Node's pool would keep the other parts alive.
    const own = Buffer.allocUnsafeSlow(Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(length))));
    this.#bytes.copy(own, 0, this.#start, this.#end);
    this.#searched = Math.max(0, this.#searched - this.#start);
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = own;
    this.#owned = true;
  }
}
