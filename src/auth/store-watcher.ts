import type { StoreChanges } from '../storage/key-store.ts';

/** Somebody who has to know what changes in a store of keys. */
export interface StoreWatcher {
  /** @param askedAt Milliseconds of `Clock.now`: the changes are at least as new as this. */
  changed(changes: StoreChanges, askedAt: number): void;
  /** Called once a second, whether the store answers or not. */
  tick(): void;
  /** Called when the store begins to fail. */
  failed(error: unknown): void;
  /** Called when it answers again. */
  works(): void;
}

/** A store that is asked once a second what has changed, for all of its watchers together. */
export interface WatchedStore {
  /** Whether what was read since `start` can still be taken for true. */
  readonly isCurrent: boolean;
  /** Begins to ask, unless it does so already. What is read from now on will be known to change. */
  start(): void;
  /** Tells this watcher nothing more. */
  leave(): void;
}
