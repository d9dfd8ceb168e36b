/** Counts events of one client, and tells when too many have come within some time. */
export class Frequency {
  readonly #most: number;
  readonly #withinMs: number;
  /** Moments of the latest ones, at most `most` of them. */
  readonly #times: number[] = [];

  /** @param most Number of events that may come within `withinMs` milliseconds. */
  constructor(most: number, withinMs: number) {
    this.#most = most;
    this.#withinMs = withinMs;
  }

  /** Counts an event. @returns false when there are too many; then it is not counted. */
  take(now: number): boolean {
    const [first] = this.#times;
    if (this.#most === 0) return false;
    if (this.#times.length === this.#most) {
      if (first !== undefined && now - first < this.#withinMs) return false;
      this.#times.shift();
    }
    this.#times.push(now);
    return true;
  }
}
