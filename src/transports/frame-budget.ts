/** How many pings, pongs and empty messages a client may send at once, and how many a second for as long as it likes. */
const AT_ONCE = 100;
const PER_SECOND = 10;
const MS_EACH = 1_000 / PER_SECOND;

/** The error text for a client that sends more. */
export const TOO_MANY_FRAMES = `More than ${AT_ONCE} WebSocket pings, pongs and empty messages came at once, and more than ${PER_SECOND} a second.`;

/**
 * Bounds the frames of one WebSocket that carry no byte of any record: they cost time, and no limit on bytes or records
 * sees them. Clients that keep their connection alive send one in some seconds. (A token bucket, as the moment at which it
 * will be full again: the generic cell rate algorithm of ITU-T I.371.)
 */
export class FrameBudget {
  #fullAt = Number.NEGATIVE_INFINITY;

  /** @returns whether there was something left for one more. */
  spend(now: number): boolean {
    this.#fullAt = Math.max(this.#fullAt, now) + MS_EACH;
    return this.#fullAt - now <= AT_ONCE * MS_EACH;
  }
}
