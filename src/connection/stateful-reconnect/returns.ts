/** Returns of one client within `RETURNS_MS`, at most. */
export const MAXIMUM_RETURNS = 10;
/** Milliseconds within which returns are counted. */
export const RETURNS_MS = 10_000;

/** When a client has come back, as far as it counts: each return can cost the whole buffer of unacknowledged messages. */
export class Returns {
  readonly #times: number[] = [];

  /** @returns false when that is once too often. */
  take(now: number): boolean {
    const [first] = this.#times;
    if (this.#times.length === MAXIMUM_RETURNS) {
      if (first !== undefined && now - first < RETURNS_MS) return false;
      this.#times.shift();
    }
    this.#times.push(now);
    return true;
  }
}
