import type { Clock } from '../clock.ts';
import { unawaited } from '../promises.ts';
import type { KeyRow, KeyStore } from '../storage/key-store.ts';
import type { StoreWatcher, WatchedStore } from './store-watcher.ts';

const INTERVAL_MS = 1_000;
/**
 * So far back each question reaches: a change has the moment at which it was begun, and may be done later, or come from
 * a clock that is behind.
 */
const MARGIN_MS = 60_000;
/** A question that has not been answered for so long is asked anew. */
const PATIENCE_MS = 10_000;
/** For so long without an answer, what was read before is taken for true. */
const TRUST_MS = 30_000;

export interface StoreWatchParts {
  readonly store: KeyStore;
  readonly clock: Clock;
  /** Whether the first answer has everything that was revoked before. Default: what was revoked since `start`. */
  readonly fromTheBeginning?: boolean;
}

/** Asks a store once a second what has changed: one question for all who watch it. */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  readonly #watchers = new Set<StoreWatcher>();
  #timer: unknown;
  #state: 'idle' | 'running' | 'over' = 'idle';
  /** Milliseconds of `Clock.now` at which the last question with an answer was asked. */
  #heardAt = 0;
  /** Milliseconds since 1970 up to which it is known what was revoked, and which keys have changed. */
  #known = { revoked: 0, keys: 0 };
  #askedAt: number | undefined;
  #isFailing = false;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
  }

  add(watcher: StoreWatcher): WatchedStore {
    this.#watchers.add(watcher);
    const isCurrent = (): boolean => this.#isCurrent;
    return {
      get isCurrent() {
        return isCurrent();
      },
      start: () => this.start(),
      leave: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0) this.stop();
      },
    };
  }

  start(): void {
    if (this.#state !== 'idle') return;
    const { clock, fromTheBeginning = false } = this.#parts;
    const wall = clock.wallNow();
    this.#state = 'running';
    this.#heardAt = clock.now();
    this.#known = { revoked: fromTheBeginning ? 0 : wall, keys: wall };
    this.#wait();
  }

  /** Ends it for ever. */
  stop(): void {
    this.#state = 'over';
    this.#askedAt = undefined;
    this.#parts.clock.clearTimeout(this.#timer);
  }

  /** Asks now. Resolves when the store has answered, or failed. */
  async ask(): Promise<void> {
    if (this.#state !== 'running') return;
    const { store, clock } = this.#parts;
    const askedAt = clock.now();
    const wall = clock.wallNow();
    this.#askedAt = askedAt;
    const { revoked, keys } = this.#known;
    try {
      const changes = await store.changesSince(before(revoked, wall), before(keys, wall));
      if (this.#askedAt !== askedAt) return;
      for (const watcher of this.#watchers) watcher.changed(changes, askedAt);
      this.#heardAt = askedAt;
      this.#known = { revoked: wall, keys: wall };
      this.#works();
    } catch (error) {
      if (this.#askedAt === askedAt) this.#fails(error);
    } finally {
      if (this.#askedAt === askedAt) this.#askedAt = undefined;
    }
  }

  /**
   * Reads a key that was changed here, so that nobody has to wait for the next question. What is in the store counts:
   * somebody else may have changed it, too. Never rejects: the next question tells what cannot be read now.
   */
  async read(id: string): Promise<void> {
    const { store, clock } = this.#parts;
    const askedAt = clock.now();
    let row: KeyRow | undefined;
    try {
      row = await store.find(id);
    } catch {
      // As above.
    }
    if (row === undefined || this.#state === 'over') return;
    for (const watcher of this.#watchers) watcher.changed({ keys: [row], credentials: [], users: [] }, askedAt);
  }

  get #isCurrent(): boolean {
    return this.#state === 'running' && this.#parts.clock.now() - this.#heardAt < TRUST_MS;
  }

  #wait(): void {
    this.#timer = this.#parts.clock.setTimeout(() => this.#next(), INTERVAL_MS);
  }

  #next(): void {
    this.#wait();
    for (const watcher of this.#watchers) watcher.tick();
    const { clock } = this.#parts;
    if (this.#askedAt === undefined || clock.now() - this.#askedAt >= PATIENCE_MS) unawaited(this.ask());
  }

  #works(): void {
    if (this.#isFailing) for (const watcher of this.#watchers) watcher.works();
    this.#isFailing = false;
  }

  #fails(error: unknown): void {
    if (!this.#isFailing) for (const watcher of this.#watchers) watcher.failed(error);
    this.#isFailing = true;
  }
}

/** The moment from which on a question has to be asked. The clock may have been set back since the last one. */
function before(known: number, wall: number): number {
  return Math.max(0, Math.min(known, wall) - MARGIN_MS);
}
