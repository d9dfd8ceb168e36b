/** An item of a MaxHeap. The heap sets all of these properties. */
export interface HeapItem {
  weight: number;
  index: number;
  /** Number of items that were added before it. */
  insertion: number;
}

/** A binary heap with the heaviest item on top, for weights that change all the time. Each change is O(log n). */
export class MaxHeap<T extends HeapItem> {
  readonly #heap: T[] = [];
  #added = 0;

  /** The heaviest item; of several equal ones the one that was added first. */
  get first(): T | undefined {
    return this.#heap[0];
  }
  get size(): number {
    return this.#heap.length;
  }

  add(one: T): void {
    one.index = this.#heap.length;
    one.insertion = this.#added++;
    this.#heap.push(one);
    this.#rise(one);
  }

  weigh(one: T, weight: number): void {
    const isMore = weight > one.weight;
    one.weight = weight;
    if (isMore) this.#rise(one);
    else this.#sink(one);
  }

  remove(one: T): void {
    const last = this.#heap.pop() as T;
    if (last === one) return;
    this.#put(last, one.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(one: T): void {
    while (one.index > 0) {
      const parent = this.#heap[(one.index - 1) >> 1] as T;
      if (isGreater(parent, one)) return;
      this.#swap(parent, one);
    }
  }

  #sink(one: T): void {
    for (;;) {
      const left = this.#heap[2 * one.index + 1];
      const right = this.#heap[2 * one.index + 2];
      const child = left !== undefined && right !== undefined && isGreater(right, left) ? right : left;
      if (child === undefined || isGreater(one, child)) return;
      this.#swap(one, child);
    }
  }

  #swap(upper: T, lower: T): void {
    const { index } = upper;
    this.#put(upper, lower.index);
    this.#put(lower, index);
  }

  #put(one: T, index: number): void {
    one.index = index;
    this.#heap[index] = one;
  }
}

function isGreater(one: HeapItem, other: HeapItem): boolean {
  return one.weight > other.weight || (one.weight === other.weight && one.insertion < other.insertion);
}
