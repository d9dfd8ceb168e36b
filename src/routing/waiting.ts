import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';

interface Place {
  message: EncodedMessage | undefined;
  readonly bytes: number;
}

/**
 * The messages that wait for one client, oldest first. Taking a message out of the middle leaves a hole, so that nothing
 * moves; holes are skipped when their turn comes.
 */
export class Waiting {
  #places: Place[] = [];
  #first = 0;
  #byKey: Map<string, Place> | undefined;
  #length = 0;
  #bytes = 0;

  get length(): number {
    return this.#length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  push(message: EncodedMessage, bytes: number): void {
    const place = { message, bytes };
    // Conflation and dropping leave holes; they must not outgrow what waits.
    if (this.#places.length > 2 * this.#length + 64) this.#compact();
    this.#places.push(place);
    this.#length += 1;
    this.#bytes += bytes;
    if (message.conflate !== undefined && message.droppable) {
      this.#byKey ??= new Map();
      this.#byKey.set(message.conflate, place);
    }
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

  /** Takes out the oldest, or the newest, message that may be dropped. */
  removeDroppable(which: 'oldest' | 'newest'): boolean {
    const places = this.#places;
    if (which === 'oldest') {
      while (this.#first < places.length && places[this.#first]?.message === undefined) this.#first += 1;
      for (let at = this.#first; at < places.length; at++) if (this.#removeIfDroppable(places[at])) return true;
    } else {
      for (let at = places.length - 1; at >= this.#first; at--) if (this.#removeIfDroppable(places[at])) return true;
    }
    return false;
  }

  clear(): void {
    this.#places = [];
    this.#first = 0;
    this.#byKey = undefined;
    this.#length = 0;
    this.#bytes = 0;
  }

  #removeIfDroppable(place: Place | undefined): boolean {
    if (place?.message?.droppable !== true) return false;
    this.#forget(place);
    return true;
  }

  #forget(place: Place): void {
    const key = place.message?.conflate;
    if (key !== undefined && this.#byKey?.get(key) === place) this.#byKey.delete(key);
    place.message = undefined;
    this.#length -= 1;
    this.#bytes -= place.bytes;
  }

  #compact(): void {
    this.#places = this.#places.slice(this.#first).filter((place) => place.message !== undefined);
    this.#first = 0;
  }
}
