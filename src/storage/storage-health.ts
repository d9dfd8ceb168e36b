import type { Clock } from '../clock.ts';
import { asError, loggable, textOf } from '../errors.ts';
import type { Log } from '../log.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** A storage that takes longer for an answer is not ready. */
const SLOW_MS = 2_000;
/** What is known longer ago is worth another question. */
const KNOWN_MS = 1_000;

/** What is known about a storage, from how it answers. Logs when that changes, not each time it is met. */
export class StorageHealth {
  readonly #clock: Clock;
  readonly #log: Log;
  #askedAt: number | undefined;
  #heardAt = 0;
  #failure: { readonly message: string; readonly since: number } | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether a question waits for its answer. */
  get isAsked(): boolean {
    return this.#askedAt !== undefined;
  }

  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the last answer is old. */
  get isUncertain(): boolean {
    return this.#clock.now() - this.#heardAt >= KNOWN_MS;
  }

  /** How long to wait before the next try: longer with each failure. */
  get retryMs(): number {
    return this.#retryMs;
  }

  /** What is wrong, if anything is. */
  get trouble(): string | undefined {
    if (this.#failure !== undefined) return this.#failure.message;
    const waitedMs = this.#askedAt === undefined ? 0 : this.#clock.now() - this.#askedAt;
    if (waitedMs < SLOW_MS) return undefined;
    return `The storage has not answered for ${Math.floor(waitedMs / 1_000)} s.`;
  }

  asked(): void {
    this.#askedAt = this.#clock.now();
  }

  worked(): void {
    this.#heard();
    if (this.#failure === undefined) return;
    const afterMs = Math.round(this.#heardAt - this.#failure.since);
    this.#log.info({ afterMs }, 'session records are saved again');
    this.#failure = undefined;
  }

  failed(thrown: unknown): void {
    this.#heard();
    const message = textOf(asError(thrown));
    const previous = this.#failure;
    if (message !== previous?.message)
      this.#log.warn({ error: loggable(thrown) }, 'session records cannot be saved, and wait');
    this.#retryMs = previous === undefined ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#failure = { message, since: previous?.since ?? this.#heardAt };
  }

  #heard(): void {
    this.#askedAt = undefined;
    this.#heardAt = this.#clock.now();
  }
}
