// What a receiver on one node may hear of a sender on another one: in order, at most once, and nothing is missing without
// being told.
import { expect } from 'vitest';

/** What one receiver has heard of one sender. */
interface Heard {
  latest: number;
  /** Number of times that something was missing between two messages. */
  missing: number;
}

/** A client that is in a group, from the moment at which it has joined. */
export class ModelReceiver {
  /** By the name of the sender. */
  readonly #heard = new Map<string, Heard>();
  readonly #name: string;
  received = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** A message of a sender, whose messages to the group have the numbers 1, 2, 3 and so on. */
  take(sender: string, number: number): void {
    this.received += 1;
    const heard = this.#heard.get(sender);
    if (heard === undefined) {
      // What was sent before it has joined is not for it.
      this.#heard.set(sender, { latest: number, missing: 0 });
      return;
    }
    expect(number, `${this.#name} hears ${sender} out of order, or twice`).toBeGreaterThan(heard.latest);
    if (number > heard.latest + 1) heard.missing += 1;
    heard.latest = number;
  }

  /** Number of the latest message of a sender; 0: none has come. */
  latestOf(sender: string): number {
    return this.#heard.get(sender)?.latest ?? 0;
  }

  /** Number of times that something was missing. @param fits Which senders count. */
  missing(fits: (sender: string) => boolean = () => true): number {
    let sum = 0;
    for (const [sender, { missing }] of this.#heard) if (fits(sender)) sum += missing;
    return sum;
  }
}
