import type { Clock } from '../../clock.ts';
import { isA, loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { withoutCredentials } from '../../without-credentials.ts';
import { StorageError, type StorageProblem, type StorageTrouble } from '../storage.ts';
import { UnknownNodesError } from './unknown-nodes.ts';

interface Begun {
  readonly trouble: StorageTrouble;
  /** Milliseconds of `Clock.now`. */
  readonly since: number;
}

const TEXTS: Readonly<Record<StorageProblem, string>> = {
  locked: 'It is locked by another process.',
  full: 'It cannot grow: no space is left.',
  unreachable: 'It cannot be reached.',
  unwritable: 'It cannot be written to.',
  unreadable: 'It is damaged or of another program.',
  'newer-schema': 'It is of a newer version.',
  gone: 'It was taken away or replaced while in use.',
  invalid: 'It refuses what it is given.',
  closed: 'It is not open.',
  failed: 'It fails.',
};

const NODES_UNKNOWN = 'It is not open yet: it is not known which nodes are alive.';

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
  #failure: Begun | undefined;
  /** What the storage has told of itself with its last answer. */
  #told: Begun | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether the last answer is out of date. */
  get isUncertain(): boolean {
    return this.#clock.now() - this.#heardAt >= KNOWN_MS;
  }

  /** Present trouble, if there is any. */
  get trouble(): StorageTrouble | undefined {
    if (this.#failure !== undefined) return this.#failure.trouble;
    const waitedMs = this.#askedAt === undefined ? 0 : this.#clock.now() - this.#askedAt;
    if (waitedMs < SLOW_MS) return this.#told?.trouble;
    const text = `It has not answered for ${Math.floor(waitedMs / 1_000)} s.`;
    return { severity: 'unready', text, detail: text };
  }

  asked(): void {
    this.#askedAt = this.#clock.now();
  }

  /** @param told What the storage tells of itself although it has answered. */
  worked(told: StorageTrouble | undefined): void {
    this.#heard();
    this.#tell(told);
    if (this.#failure === undefined) return;
    const afterMs = Math.round(this.#heardAt - this.#failure.since);
    this.#log.info({ afterMs }, 'session records are saved again');
    this.#failure = undefined;
  }

  /** The storage was refused at the start, and is not asked again. Whoever starts the server is told. */
  refused(): void {
    this.#heard();
  }

  failed(thrown: unknown): void {
    this.#heard();
    const detail = loggable(thrown).message;
    const previous = this.#failure;
    if (detail !== previous?.trouble.detail)
      this.#log.warn({ error: loggable(thrown) }, 'session records cannot be saved, and wait');
    const since = previous?.since ?? this.#heardAt;
    this.#failure = { trouble: { severity: 'unready', text: publicTextOf(thrown), detail }, since };
  }

  #tell(told: StorageTrouble | undefined): void {
    const previous = this.#told;
    if (told !== undefined) {
      const { severity, text } = told;
      const detail = withoutCredentials(told.detail);
      if (detail !== previous?.trouble.detail)
        this.#log.warn({ severity, detail }, 'the storage works, but not as it should');
      this.#told = { trouble: { severity, text, detail }, since: previous?.since ?? this.#heardAt };
    } else if (previous !== undefined) {
      this.#log.info({ afterMs: Math.round(this.#heardAt - previous.since) }, 'the storage works as it should again');
      this.#told = undefined;
    }
  }

  #heard(): void {
    this.#askedAt = undefined;
    this.#heardAt = this.#clock.now();
  }
}

/** A storage that users have written may throw any value. */
function publicTextOf(thrown: unknown): string {
  if (isA(UnknownNodesError, thrown)) return NODES_UNKNOWN;
  const problem = isA(StorageError, thrown) ? (thrown as StorageError).problem : 'failed';
  return Object.hasOwn(TEXTS, problem) ? TEXTS[problem] : TEXTS.failed;
}
