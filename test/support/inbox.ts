import { setImmediate, setTimeout } from 'node:timers/promises';

/** Everything that has arrived, in order, and a way to wait for more. Waiting is by event, never by time. */
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

  /** Resolves with all items as soon as there are `count` or more. */
  async until(count: number): Promise<readonly T[]> {
    if (this.all.length < count) await this.#when(() => this.all.length >= count);
    return this.all;
  }

  /** Resolves with the first item that fits, past or future. */
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

  /** Checks the condition at each arrival. */
  #when(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet, resolve });
    });
  }
}

/** Number of turns of the event loop in each of which `eventually` looks. They take some milliseconds if nothing happens. */
const TURNS = 1_000;

/**
 * Resolves when `isSo`, for counters without an event. It looks once a turn of the event loop, so that it sees what is so
 * for a short time only; later once a millisecond, because turning takes a core that other tests need.
 */
export async function eventually(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) await (turns < TURNS ? setImmediate() : setTimeout(1));
}
