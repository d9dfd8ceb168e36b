import { type HeapItem, MaxHeap } from './max-heap.ts';

/** The part that one item takes of a scarce resource, counted in its holder's share. */
export interface Piece<T> {
  readonly holder: string;
  readonly item: T;
  readonly weight: number;
}

/** All parts of one holder. */
export interface Share<T> {
  readonly holder: string;
  readonly weight: number;
  /** The item that got its weight first. */
  readonly oldest: T;
  /** The item that got its weight last. */
  readonly newest: T;
}

/**
 * Shares of a resource that all holders use together. Holders have no limits of their own. Only when the whole is used
 * up, the holder of the greatest share has to give something back: a flood pays, and not those who use little. A change
 * is O(log n) in the number of holders. Holders without a weight take no memory.
 */
export class Shares<T> {
  readonly #byHolder = new Map<string, HeldShare<T>>();
  readonly #greatest = new MaxHeap<HeldShare<T>>();
  #total = 0;

  /** The weight of everything. */
  get total(): number {
    return this.#total;
  }
  /** Number of holders with a weight. */
  get holders(): number {
    return this.#greatest.size;
  }
  /** The greatest share, of several equal ones the oldest; undefined: all are empty. */
  get greatest(): Share<T> | undefined {
    return this.#greatest.first;
  }

  weightOf(holder: string): number {
    return this.#byHolder.get(holder)?.weight ?? 0;
  }

  /** @param holder Owner of the share that it counts in. */
  add(holder: string, item: T, weight: number): Piece<T> {
    const piece = new Held(holder, item);
    this.weigh(piece, weight);
    return piece;
  }

  /** Sets the weight of a piece. With 0 it leaves the order of its share; with a weight again it is the newest. */
  weigh(piece: Piece<T>, weight: number): void {
    const held = piece as Held<T>;
    const by = weight - held.weight;
    if (by === 0) return;
    const share = this.#shareOf(held.holder);
    if (held.weight === 0) share.append(held);
    held.weight = weight;
    if (weight === 0) share.take(held);
    this.#total += by;
    if (share.isEmpty) this.#drop(share);
    else this.#greatest.weigh(share, share.weight + by);
  }

  remove(piece: Piece<T>): void {
    this.weigh(piece, 0);
  }

  #shareOf(holder: string): HeldShare<T> {
    let share = this.#byHolder.get(holder);
    if (share === undefined) {
      share = new HeldShare(holder);
      this.#byHolder.set(holder, share);
      this.#greatest.add(share);
    }
    return share;
  }

  #drop(share: HeldShare<T>): void {
    this.#greatest.remove(share);
    this.#byHolder.delete(share.holder);
  }
}

/** A piece, as a link of the list of its share, so that any piece is removed in O(1). */
class Held<T> implements Piece<T> {
  readonly holder: string;
  readonly item: T;
  weight = 0;
  older: Held<T> | undefined;
  newer: Held<T> | undefined;

  constructor(holder: string, item: T) {
    this.holder = holder;
    this.item = item;
  }
}

class HeldShare<T> implements Share<T>, HeapItem {
  readonly holder: string;
  weight = 0;
  index = 0;
  insertion = 0;
  #first: Held<T> | undefined;
  #last: Held<T> | undefined;

  constructor(holder: string) {
    this.holder = holder;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }
  get oldest(): T {
    return (this.#first as Held<T>).item;
  }
  get newest(): T {
    return (this.#last as Held<T>).item;
  }

  append(held: Held<T>): void {
    held.older = this.#last;
    if (this.#last === undefined) this.#first = held;
    else this.#last.newer = held;
    this.#last = held;
  }

  take(held: Held<T>): void {
    if (held.older === undefined) this.#first = held.newer;
    else held.older.newer = held.newer;
    if (held.newer === undefined) this.#last = held.older;
    else held.newer.older = held.older;
    held.older = undefined;
    held.newer = undefined;
  }
}
