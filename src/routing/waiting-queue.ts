import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { type Piece, Shares } from '../shares.ts';

interface Entry {
  message: EncodedMessage | undefined;
  readonly bytes: number;
  /** Its part in its sender's share, when shares are counted. */
  piece: Piece<Entry> | undefined;
}

/**
 * The messages that wait for the socket of one client, oldest first, with conflation and the drop policies. Removing a
 * message from the middle leaves a hole, so that no other entry moves. Holes are skipped, and compacted from time to
 * time.
 */
export class WaitingQueue {
  #entries: Entry[] = [];
  #first = 0;
  #byKey: Map<string, Entry> | undefined;
  /** The bytes of each sender; counted from the first use of `dropGreediest` on. */
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
    // Conflation and dropping leave holes; there must not be many more holes than messages.
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

  /** Removes the oldest message. */
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

  /** Removes the oldest messages, until their bytes reach or pass this number. */
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

  /** Removes the message with this conflation key. @returns false when there is none. */
  removeKey(key: string): boolean {
    const entry = this.#byKey?.get(key);
    if (entry === undefined) return false;
    this.#forget(entry);
    return true;
  }

  /**
   * Whether no sender has more bytes waiting than this one would have with these more. Only droppable messages count.
   */
  wouldHaveMost(sender: string | undefined, bytes: number): boolean {
    const shares = this.#countShares();
    return shares.weightOf(holderOf(sender)) + bytes >= (shares.greatest?.weight ?? 0);
  }

  /**
   * Removes a droppable message: the oldest, the newest, or the newest of the sender that has most bytes waiting.
   *
   * @returns false when there is none.
   */
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

  /** Counts the waiting messages at the first use. */
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

/** Counts a message in its sender's share. Messages that must not be dropped belong to no share. */
function count(entry: Entry, shares: Shares<Entry>): void {
  if (entry.message?.droppable === true) entry.piece = shares.add(holderOf(entry.message.sender), entry, entry.bytes);
}

/** The server is a sender, too. No connection has the empty text as its id. */
function holderOf(sender: string | undefined): string {
  return sender ?? '';
}
