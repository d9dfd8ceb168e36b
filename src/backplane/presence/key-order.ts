/** The first surrogate, and the first code unit behind all of them. */
const SURROGATES = 0xd800;
const OTHERS = 0xe000;
/** The code units there are. */
const UNITS = 0x1_0000;

/**
 * Compares two keys by their code points, which is the order of their bytes in UTF-8: Redis sorts so. That of `<` is by
 * code units, where a pair of surrogates is less than U+E000.
 */
export function compareKeys(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const difference = rankAt(one, at) - rankAt(other, at);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Keys in their order. */
export class OrderedKeys {
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  add(key: string): void {
    const at = this.#firstFrom(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#firstFrom(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Keys that begin with a prefix. @param after Only those behind this one. */
  *within(prefix: string, after?: string): IterableIterator<string> {
    let at = this.#firstFrom(prefix);
    if (after !== undefined && compareKeys(after, prefix) >= 0) {
      at = this.#firstFrom(after);
      if (this.#keys[at] === after) at += 1;
    }
    for (; at < this.#keys.length; at++) {
      const key = this.#keys[at] as string;
      if (!key.startsWith(prefix)) return;
      yield key;
    }
  }

  /** The place of the first key that is not less. */
  #firstFrom(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The code unit at a place, as a number that is greatest for surrogates. */
function rankAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return SURROGATES <= unit && unit < OTHERS ? unit + UNITS : unit;
}
