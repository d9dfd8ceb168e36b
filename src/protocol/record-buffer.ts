const EMPTY: Buffer = Buffer.alloc(0);

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
    // An idle connection keeps no chunk that has been read.
    if (this.#start === this.#end) this.clear();
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

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = this.#end = this.#searched = 0;
    this.#owned = false;
  }

  #move(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(256, 2 ** Math.ceil(Math.log2(length))));
    this.#bytes.copy(grown, 0, this.#start, this.#end);
    this.#searched -= this.#start;
    this.#end -= this.#start;
    this.#start = 0;
    this.#bytes = grown;
    this.#owned = true;
  }
}
