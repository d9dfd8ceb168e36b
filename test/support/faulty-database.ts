import type { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { OpenStorageOptions, Storage } from '../../src/storage/storage.ts';
import { CountedStore } from './key-site.ts';

/** A database whose sessions and keys fail with `keys.failure`, as one behind a network does. */
export class FaultyDatabase implements Storage {
  readonly keys: CountedStore;
  readonly sessions: Storage['sessions'];
  readonly #inner: SqliteStorage;

  constructor(inner: SqliteStorage) {
    this.#inner = inner;
    this.keys = new CountedStore(inner.keys);
    this.sessions = {
      save: (records) =>
        this.keys.failure === undefined ? inner.sessions.save(records) : Promise.reject(this.keys.failure),
      list: (query) => inner.sessions.list(query),
      openNodes: () => inner.sessions.openNodes(),
      endLost: (nodeIds) => inner.sessions.endLost(nodeIds),
      prune: (kept, limit) => inner.sessions.prune(kept, limit),
    };
  }

  open = (options: OpenStorageOptions) => this.#inner.open(options);
  close = () => this.#inner.close();
}
