import { type HeapItem, MaxHeap } from './max-heap.ts';

/** The part that one item takes of something scarce, on its holder's account. */
export interface Piece<T> {
  readonly holder: string;
  readonly item: T;
  readonly weight: number;
}

/** The parts of one holder together. */
export interface Share<T> {
  readonly holder: string;
  readonly weight: number;
  /** Of the items that weigh anything: the one that has done so for longest, and the one that began last. */
  readonly oldest: T;
  readonly newest: T;
}

/**
 * Shares of something that is scarce for all together. Nobody has a limit of their own: only when the whole is used
 * up, who has most is asked to give something back. So a stranger who takes everything pays, and not those who have little.
 * A change is O(log n) of the holders; of a holder who has nothing, nothing is kept.
 */
export class Shares<T> {
  readonly #byHolder = new Map<string, HeldShare<T>>();
  readonly #greatest = new MaxHeap<HeldShare<T>>();
  #total = 0;

  /** The weight of everything. */
  get total(): number {
    return this.#total;
  }
  /** How many have something. */
  get holders(): number {
    return this.#greatest.size;
  }
  /** The share of whoever has most, of several the one who began first; undefined: nobody has anything. */
  get greatest(): Share<T> | undefined {
    return this.#greatest.first;
  }

  weightOf(holder: string): number {
    return this.#byHolder.get(holder)?.weight ?? 0;
  }

  /** @param holder On whose account it is. */
  add(holder: string, item: T, weight: number): Piece<T> {
    const piece = new Held(holder, item);
    this.weigh(piece, weight);
    return piece;
  }

  /** It takes so much from now on. At 0 it stands in no line; later it begins anew. */
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

/** A piece is also a link of its holder's line, so that any of them can be taken out at once. */
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
