/** Number of pings, pongs and empty messages that a client may send at once, and in each second. */
const AT_ONCE = 100;
const PER_SECOND = 10;
const MS_EACH = 1_000 / PER_SECOND;

/** The error text for a client that sends more. */
export const TOO_MANY_FRAMES = `More than ${AT_ONCE} WebSocket pings, pongs and empty messages came at once, and more than ${PER_SECOND} a second.`;

/**
 * Limits the frames of one WebSocket that carry no byte of a record: they cost time, and no limit on bytes or records
 * counts them. Clients that keep their connection alive send one every few seconds. The limit is a token bucket, stored
 * as the moment at which it will be full again (the generic cell rate algorithm of ITU-T I.371).
 */
export class FrameBudget {
  #fullAt = Number.NEGATIVE_INFINITY;

  /** @returns whether one more frame is allowed. */
  spend(now: number): boolean {
    this.#fullAt = Math.max(this.#fullAt, now) + MS_EACH;
    return this.#fullAt - now <= AT_ONCE * MS_EACH;
  }
}
