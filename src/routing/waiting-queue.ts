import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { type Piece, Shares } from '../shares.ts';

interface Entry {
  message: EncodedMessage | undefined;
  readonly bytes: number;
  /** Its part of its sender's share, once shares are counted. */
  piece: Piece<Entry> | undefined;
}

/**
 * The messages that wait for one client, oldest first. Taking a message out of the middle leaves a hole, so that nothing
 * moves; holes are skipped when their turn comes.
 */
export class WaitingQueue {
  #entries: Entry[] = [];
  #first = 0;
  #byKey: Map<string, Entry> | undefined;
  /** Counted from the first time that somebody asks who has most. */
  #shares: Shares<Entry> | undefined;
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  push(message: EncodedMessage, bytes: number): void {
    const entry: Entry = { message, bytes, piece: undefined };
    // Conflation and dropping leave holes; they must not outgrow what waits.
    if (this.#entries.length > 2 * this.#length + 64) this.#compact();
    this.#entries.push(entry);
    this.#length += 1;
    this.#bytes += bytes;
    if (message.conflate !== undefined && message.droppable) {
      this.#byKey ??= new Map();
      this.#byKey.set(message.conflate, entry);
    }
    if (this.#shares !== undefined) count(entry, this.#shares);
  }

  /** The oldest message, taken out. */
  shift(): EncodedMessage | undefined {
    while (this.#first < this.#entries.length) {
      const entry = this.#entries[this.#first] as Entry;
      this.#first += 1;
      const { message } = entry;
      if (message === undefined) continue;
      this.#forget(entry);
      return message;
    }
    this.#compact();
    return undefined;
  }

  /** The oldest messages, taken out, until so many bytes are reached or passed. */
  take(bytes: number, codec: Codec): EncodedMessage[] {
    const batch: EncodedMessage[] = [];
    for (let taken = 0; taken < bytes; ) {
      const message = this.shift();
      if (message === undefined) break;
      batch.push(message);
      taken += message.bytes(codec).length;
    }
    return batch;
  }

  /** Takes out the message with this key. */
  removeKey(key: string): boolean {
    const entry = this.#byKey?.get(key);
    if (entry === undefined) return false;
    this.#forget(entry);
    return true;
  }

  /** Whether nobody has more waiting than this sender would with so many bytes more. Only what may be dropped counts. */
  wouldHaveMost(sender: string | undefined, bytes: number): boolean {
    const shares = this.#countShares();
    return shares.weightOf(holderOf(sender)) + bytes >= (shares.greatest?.weight ?? 0);
  }

  /** Takes out a message that may be dropped: the oldest, the newest, or the newest of the sender who has most waiting. */
  removeDroppable(which: 'oldest' | 'newest' | 'greediest'): boolean {
    if (which === 'greediest') return this.#removeIfDroppable(this.#countShares().greatest?.newest);
    const entries = this.#entries;
    if (which === 'oldest') {
      while (this.#first < entries.length && entries[this.#first]?.message === undefined) this.#first += 1;
      for (let at = this.#first; at < entries.length; at++) if (this.#removeIfDroppable(entries[at])) return true;
    } else {
      while (entries.length > this.#first && entries.at(-1)?.message === undefined) entries.pop();
      for (let at = entries.length - 1; at >= this.#first; at--) if (this.#removeIfDroppable(entries[at])) return true;
    }
    return false;
  }

  /** Those that wait already, in their order. */
  #countShares(): Shares<Entry> {
    if (this.#shares === undefined) {
      this.#shares = new Shares();
      for (const entry of this.#entries) count(entry, this.#shares);
    }
    return this.#shares;
  }

  #removeIfDroppable(entry: Entry | undefined): boolean {
    if (entry?.message?.droppable !== true) return false;
    this.#forget(entry);
    return true;
  }

  #forget(entry: Entry): void {
    const key = entry.message?.conflate;
    if (key !== undefined && this.#byKey?.get(key) === entry) this.#byKey.delete(key);
    if (entry.piece !== undefined) this.#shares?.remove(entry.piece);
    entry.piece = undefined;
    entry.message = undefined;
    this.#length -= 1;
    this.#bytes -= entry.bytes;
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#first).filter((entry) => entry.message !== undefined);
    this.#first = 0;
  }
}

/** Messages that may not be dropped belong to no share. */
function count(entry: Entry, shares: Shares<Entry>): void {
  if (entry.message?.droppable === true) entry.piece = shares.add(holderOf(entry.message.sender), entry, entry.bytes);
}

/** No connection is called so. */
function holderOf(sender: string | undefined): string {
  return sender ?? '';
}
