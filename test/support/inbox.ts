/** What has arrived, in its order, and a way to wait for more of it. Waiting is by event, never by time. */
export class Inbox<T> {
  readonly all: T[] = [];
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  readonly put = (item: T): void => {
    this.all.push(item);
    if (this.#waiting.length === 0) return;
    const met = this.#waiting.filter(({ isMet }) => isMet());
    this.#waiting = this.#waiting.filter((one) => !met.includes(one));
    for (const { resolve } of met) resolve();
  };

  get length(): number {
    return this.all.length;
  }

  /** Everything there is, as soon as that is `count` items or more. */
  async until(count: number): Promise<readonly T[]> {
    if (this.all.length < count) await this.#when(() => this.all.length >= count);
    return this.all;
  }

  /** The first item that fits, whether it is here already or still to come. */
  async first(fits: (item: T) => boolean): Promise<T> {
    let found = this.all.find(fits);
    if (found !== undefined) return found;
    await this.#when(() => {
      const newest = this.all.at(-1) as T;
      if (!fits(newest)) return false;
      found = newest;
      return true;
    });
    return found as T;
  }

  /** Asks at each arrival. */
  #when(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
    });
  }
}

/** Resolves when `isSo`, looking once a turn of the event loop: for counters that have no event. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
