// Everything that one connection received, in order. A step of a vector takes the next item, so nothing is missed
// between two steps and nothing is skipped.
export type Incoming =
  | { readonly kind: 'record'; readonly record: string }
  | { readonly kind: 'close frame'; readonly code: number; readonly reason: string }
  | { readonly kind: 'end of the socket' }
  | { readonly kind: 'broken'; readonly why: string };

/** Longer than anything that the vectors wait for (a call of 4.5 s), and far shorter than the time limit of a test. */
const PATIENCE_MS = 8_000;

export class Inbox {
  readonly #waiting: Incoming[] = [];
  #notify: (() => void) | undefined;

  put(incoming: Incoming): void {
    this.#waiting.push(incoming);
    this.#notify?.();
  }

  /** Resolves with the next item, or with undefined when none arrived in time. */
  async next(patienceMs = PATIENCE_MS): Promise<Incoming | undefined> {
    if (this.#waiting.length === 0) await this.#arrival(patienceMs);
    return this.#waiting.shift();
  }

  /** The same, without taking the item. */
  async peek(patienceMs = PATIENCE_MS): Promise<Incoming | undefined> {
    if (this.#waiting.length === 0) await this.#arrival(patienceMs);
    return this.#waiting[0];
  }

  #arrival(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#notify = undefined;
        resolve();
      };
      const timer = setTimeout(done, patienceMs);
      this.#notify = done;
    });
  }
}
