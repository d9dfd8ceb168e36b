import type { Clock } from '../clock.ts';
import { loggable } from '../errors.ts';
import type { Log } from '../log.ts';
import type { KeyRow, KeyStore } from '../storage/key-store.ts';

const INTERVAL_MS = 1_000;
/**
 * So far back each question reaches: a change has the moment at which it was begun, and may be done later, or come from
 * a clock that is behind.
 */
const MARGIN_MS = 30_000;
/** A question that has not been answered for so long is asked anew. */
const PATIENCE_MS = 10_000;
/** For so long without an answer, what was read before is taken for true. */
const TRUST_MS = 30_000;

interface Parts {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly log: Log;
  /** @param askedAt Milliseconds of `Clock.now`: the rows are at least as new as this. */
  changed(rows: readonly KeyRow[], askedAt: number): void;
  /** Called once a second, whether the store answers or not. */
  tick(): void;
}

/** Asks a store once a second which keys have changed. */
export class KeyChanges {
  readonly #parts: Parts;
  #timer: unknown;
  #isRunning = false;
  /** Milliseconds of `Clock.now` at which the last question with an answer was asked. */
  #heardAt = 0;
  /** Milliseconds since 1970 of that. */
  #heardAtWall = 0;
  #askedAt: number | undefined;
  #isFailing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether what was read since `start` can still be taken for true. */
  get isCurrent(): boolean {
    return this.#isRunning && this.#parts.clock.now() - this.#heardAt < TRUST_MS;
  }

  /** Begins to ask, unless it does so already. What is read from now on will be known to change. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#heardAt = this.#parts.clock.now();
    this.#heardAtWall = this.#parts.clock.wallNow();
    this.#wait();
  }

  stop(): void {
    this.#isRunning = false;
    this.#parts.clock.clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = this.#parts.clock.setTimeout(() => this.#next(), INTERVAL_MS);
  }

  #next(): void {
    this.#wait();
    this.#parts.tick();
    const { clock } = this.#parts;
    if (this.#askedAt === undefined || clock.now() - this.#askedAt >= PATIENCE_MS) void this.#ask();
  }

  async #ask(): Promise<void> {
    const { store, clock } = this.#parts;
    const askedAt = clock.now();
    const wall = clock.wallNow();
    this.#askedAt = askedAt;
    try {
      // The earlier one: the clock may have been set back.
      const rows = await store.changedSince(Math.min(this.#heardAtWall, wall) - MARGIN_MS);
      if (!this.#isRunning || this.#askedAt !== askedAt) return;
      this.#heardAt = askedAt;
      this.#heardAtWall = wall;
      this.#works();
      this.#parts.changed(rows, askedAt);
    } catch (error) {
      if (this.#askedAt === askedAt) this.#fails(error);
    } finally {
      if (this.#askedAt === askedAt) this.#askedAt = undefined;
    }
  }

  #works(): void {
    if (this.#isFailing) this.#parts.log.info({}, 'API keys can be read again');
    this.#isFailing = false;
  }

  #fails(error: unknown): void {
    if (!this.#isRunning) return;
    if (!this.#isFailing)
      this.#parts.log.warn(
        { error: loggable(error) },
        'API keys cannot be read: it is unknown whether some were revoked',
      );
    this.#isFailing = true;
  }
}
