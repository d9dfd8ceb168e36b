import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { type Piece, Shares } from '../shares.ts';

interface Place {
  message: EncodedMessage | undefined;
  readonly bytes: number;
  /** Its part of its sender's share, once shares are counted. */
  piece: Piece<Place> | undefined;
}

/**
 * The messages that wait for one client, oldest first. Taking a message out of the middle leaves a hole, so that nothing
 * moves; holes are skipped when their turn comes.
 */
export class Waiting {
  #places: Place[] = [];
  #first = 0;
  #byKey: Map<string, Place> | undefined;
  /** Counted from the first time that somebody asks who has most. */
  #shares: Shares<Place> | undefined;
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  push(message: EncodedMessage, bytes: number): void {
    const place: Place = { message, bytes, piece: undefined };
    // Conflation and dropping leave holes; they must not outgrow what waits.
    if (this.#places.length > 2 * this.#length + 64) this.#compact();
    this.#places.push(place);
    this.#length += 1;
    this.#bytes += bytes;
    if (message.conflate !== undefined && message.droppable) {
      this.#byKey ??= new Map();
      this.#byKey.set(message.conflate, place);
    }
    if (this.#shares !== undefined) count(place, this.#shares);
  }

  /** The oldest message, taken out. */
  shift(): EncodedMessage | undefined {
    while (this.#first < this.#places.length) {
      const place = this.#places[this.#first] as Place;
      this.#first += 1;
      const { message } = place;
      if (message === undefined) continue;
      this.#forget(place);
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
    const place = this.#byKey?.get(key);
    if (place === undefined) return false;
    this.#forget(place);
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
    const places = this.#places;
    if (which === 'oldest') {
      while (this.#first < places.length && places[this.#first]?.message === undefined) this.#first += 1;
      for (let at = this.#first; at < places.length; at++) if (this.#removeIfDroppable(places[at])) return true;
    } else {
      while (places.length > this.#first && places.at(-1)?.message === undefined) places.pop();
      for (let at = places.length - 1; at >= this.#first; at--) if (this.#removeIfDroppable(places[at])) return true;
    }
    return false;
  }

  /** Those that wait already, in their order. */
  #countShares(): Shares<Place> {
    if (this.#shares === undefined) {
      this.#shares = new Shares();
      for (const place of this.#places) count(place, this.#shares);
    }
    return this.#shares;
  }

  #removeIfDroppable(place: Place | undefined): boolean {
    if (place?.message?.droppable !== true) return false;
    this.#forget(place);
    return true;
  }

  #forget(place: Place): void {
    const key = place.message?.conflate;
    if (key !== undefined && this.#byKey?.get(key) === place) this.#byKey.delete(key);
    if (place.piece !== undefined) this.#shares?.remove(place.piece);
    place.piece = undefined;
    place.message = undefined;
    this.#length -= 1;
    this.#bytes -= place.bytes;
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#first).filter((place) => place.message !== undefined);
    this.#first = 0;
  }
}

/** Messages that may not be dropped belong to no share. */
function count(place: Place, shares: Shares<Place>): void {
  if (place.message?.droppable === true) place.piece = shares.add(holderOf(place.message.sender), place, place.bytes);
}

/** No connection is called so. */
function holderOf(sender: string | undefined): string {
  return sender ?? '';
}
