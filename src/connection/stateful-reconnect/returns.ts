/** Maximum number of returns of one client within `RETURNS_MS`. */
export const MAXIMUM_RETURNS = 10;
/** Milliseconds within which returns are counted. */
export const RETURNS_MS = 10_000;

/** Rate limit on the returns of one client: each may cost the whole buffer of unacknowledged messages. */
export class Returns {
  readonly #times: number[] = [];

  /** Counts a return. @returns false when there are too many. */
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
