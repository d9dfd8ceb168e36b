import type { Clock } from '../clock.ts';
import { asError, isA, loggable, textOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { StorageError, type StorageProblem } from './storage.ts';

/** Trouble of a storage. */
export interface StorageTrouble {
  /** Public text: no path, no version. */
  readonly text: string;
  /** Text for the operator: a line to act on. */
  readonly detail: string;
}

const TEXTS: Readonly<Record<StorageProblem, string>> = {
  locked: 'It is locked by another process.',
  full: 'It cannot grow: no space is left.',
  unreachable: 'It cannot be reached.',
  unwritable: 'It cannot be written to.',
  unreadable: 'It is damaged or of another program.',
  'newer-schema': 'It is of a newer version.',
  gone: 'It was taken away or replaced while in use.',
  closed: 'It is not open.',
  failed: 'It fails.',
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** A storage that takes longer to answer is not ready. */
const SLOW_MS = 2_000;
/** An answer that is older is out of date. */
const KNOWN_MS = 1_000;

/** State of a storage as its answers show it. Logs changes of the state, not each failure. */
export class StorageHealth {
  readonly #clock: Clock;
  readonly #log: Log;
  #askedAt: number | undefined;
  #heardAt = 0;
  #failure: (StorageTrouble & { readonly since: number }) | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether a request waits for its answer. */
  get isAsked(): boolean {
    return this.#askedAt !== undefined;
  }

  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the last answer is out of date. */
  get isUncertain(): boolean {
    return this.#clock.now() - this.#heardAt >= KNOWN_MS;
  }

  /** Time to wait before the next try: longer with each failure. */
  get retryMs(): number {
    return this.#retryMs;
  }

  /** Present trouble, if there is any. */
  get trouble(): StorageTrouble | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const waitedMs = this.#askedAt === undefined ? 0 : this.#clock.now() - this.#askedAt;
    if (waitedMs < SLOW_MS) return undefined;
    const text = `It has not answered for ${Math.floor(waitedMs / 1_000)} s.`;
    return { text, detail: text };
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
    const detail = textOf(asError(thrown));
    const previous = this.#failure;
    if (detail !== previous?.detail)
      this.#log.warn({ error: loggable(thrown) }, 'session records cannot be saved, and wait');
    this.#retryMs = previous === undefined ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#failure = { text: TEXTS[problemOf(thrown)], detail, since: previous?.since ?? this.#heardAt };
  }

  #heard(): void {
    this.#askedAt = undefined;
    this.#heardAt = this.#clock.now();
  }
}

/** A storage that users have written may throw any value. */
function problemOf(thrown: unknown): StorageProblem {
  const problem = isA(StorageError, thrown) ? (thrown as StorageError).problem : 'failed';
  return Object.hasOwn(TEXTS, problem) ? problem : 'failed';
}
