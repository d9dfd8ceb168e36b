import type { Clock } from '../../clock.ts';
import { isA, loggable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Expiring, Kept, Retained } from '../retained.ts';
import { type Storage, StorageError } from '../storage.ts';
import { CautiousTime } from './cautious-time.ts';
import { keptAt, type RetainedTopic, type RetentionOptions } from './retention-option.ts';

export interface RetentionParts {
  readonly storage: Storage;
  readonly retention: Required<RetentionOptions>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Rows that are deleted at once. It takes milliseconds, for which others wait. */
const BATCH = 500;
/** Shortest time between two batches. */
const PAUSE_MS = 20;
const INTERVAL_MS = 60_000;

/** Deletes one batch. Resolves with whether nothing is left to delete. @param now Milliseconds since 1970. */
type Batch = (now: number) => Promise<boolean>;

/**
 * Deletes what is too old, or too much, from a storage: once it is open, and then every minute. It does so in small
 * batches, one at a time, with a pause after each that is at least as long as the batch took: a storage that answers
 * slowly has something else to do.
 *
 * Several servers may do so on one storage: each of them deletes a part.
 */
export class Retention {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #time: CautiousTime;
  readonly #batches: readonly Batch[];
  #stage: 'new' | 'running' | 'over' = 'new';
  #timer: unknown;
  #isFailing = false;

  constructor({ storage, retention, clock, log }: RetentionParts) {
    this.#clock = clock;
    this.#log = log;
    this.#time = new CautiousTime(clock);
    this.#batches = batchesOf(storage, retention);
  }

  /** Begins. Called when the storage has been opened; one that is not open yet is tried again in a minute. */
  start(): void {
    if (this.#stage !== 'new') return;
    this.#stage = 'running';
    void this.#run();
  }

  /** Ends it for ever. A batch that is under way may still be done. */
  stop(): void {
    this.#stage = 'over';
    this.#clock.clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    while (this.#stage === 'running') {
      await this.#round();
      await this.#wait(INTERVAL_MS);
    }
  }

  /** Deletes all that is to be deleted now, of each topic in turn. A batch that fails is left to the next round. */
  async #round(): Promise<void> {
    const now = this.#time.wallNow();
    let failure: { readonly error: unknown } | undefined;
    for (let left = this.#batches; left.length > 0 && this.#stage === 'running'; ) {
      const [batch, ...rest] = left as readonly [Batch, ...Batch[]];
      const begun = this.#clock.now();
      try {
        left = (await batch(now)) ? rest : [...rest, batch];
      } catch (error) {
        failure ??= { error };
        left = rest;
      }
      await this.#wait(Math.min(Math.max(this.#clock.now() - begun, PAUSE_MS), INTERVAL_MS));
    }
    if (this.#stage === 'running') this.#tell(failure);
  }

  /** Says when trouble begins, and when it ends. */
  #tell(failure: { readonly error: unknown } | undefined): void {
    // A storage that is not open yet is told of by whoever opens it.
    if (failure !== undefined && isClosed(failure.error)) return;
    const isFailing = failure !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) this.#log.warn({ error: loggable(failure.error) }, 'old rows of the storage cannot be deleted now');
    else this.#log.info({}, 'old rows of the storage are deleted again');
  }

  /** Never resolves once it is over. */
  #wait(ms: number): Promise<void> {
    if (this.#stage === 'over') return new Promise(() => {});
    return new Promise((resolve) => {
      this.#timer = this.#clock.setTimeout(resolve, ms);
      // A process whose servers have nothing else to do may end.
      (this.#timer as Partial<NodeJS.Timeout> | undefined)?.unref?.();
    });
  }
}

function batchesOf(storage: Storage, retention: Required<RetentionOptions>): readonly Batch[] {
  // Storages of users may have null in place of a store, and may answer anything.
  const retained: Readonly<Record<RetainedTopic, Retained | null | undefined>> = {
    sessions: storage.sessions,
    messages: storage.messages,
    audit: storage.moderation,
    tasks: storage.tasks,
  };
  const expiring: readonly (Expiring | null | undefined)[] = [storage.moderation, storage.memberships];
  return [
    ...Object.entries(retained).flatMap(([topic, store]) =>
      store ? [(now: number) => isPruned(store, keptAt(retention[topic as RetainedTopic], now))] : [],
    ),
    ...expiring.flatMap((store) => (store ? [async (now: number) => (await store.expire(now, BATCH)) !== false] : [])),
  ];
}

async function isPruned(store: Retained, kept: Kept | undefined): Promise<boolean> {
  return kept === undefined || !((await store.prune(kept, BATCH)) >= BATCH);
}

function isClosed(error: unknown): boolean {
  return isA(StorageError, error) && (error as StorageError).problem === 'closed';
}
