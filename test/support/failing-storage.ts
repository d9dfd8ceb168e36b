import type { KeyStore } from '../../src/storage/key-store.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { SessionRecord, SessionStore } from '../../src/storage/session-store.ts';
import {
  type OpenedStorage,
  type OpenStorageOptions,
  type Storage,
  StorageError,
  type StorageTrouble,
} from '../../src/storage/storage.ts';

/** A storage in memory that fails, or is slow, whenever a test wants it. */
export class FailingStorage implements Storage {
  /** Acknowledged saves, one by one. Checks whether it can save are left out. */
  readonly saves: (readonly SessionRecord[])[] = [];
  /** Number of requests. */
  asked = 0;
  isClosed = false;
  /** What it tells of itself while it works. */
  trouble: StorageTrouble | undefined;
  /** Error with which `open` and `save` reject. */
  failure: Error | undefined;
  /** Whether it cannot keep a record. */
  refuses: (record: SessionRecord) => boolean = () => false;
  /** Whether they reject after having saved, as when the answer is lost. */
  isDoneAnyway = false;
  readonly sessions: SessionStore = {
    save: (records) => this.#save(records),
    list: (query) => this.#inner.sessions.list(query),
    openNodes: () => this.#answer(() => this.#inner.sessions.openNodes()),
    endLost: (nodeIds) => this.#answer(() => this.#inner.sessions.endLost(nodeIds)),
    prune: (kept, limit) => this.#answer(() => this.#inner.sessions.prune(kept, limit)),
  };
  readonly keys: KeyStore;
  readonly #inner: MemoryStorage;
  #gate: Promise<void> | undefined;

  constructor(inner = new MemoryStorage(Number.POSITIVE_INFINITY)) {
    this.#inner = inner;
    this.keys = inner.keys;
  }

  /** Answers nothing from now on. @returns a function that ends this. */
  hold(): () => void {
    let release: () => void = () => {};
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#gate = undefined;
      release();
    };
  }

  open(options: OpenStorageOptions): Promise<OpenedStorage> {
    return this.#answer(() => this.#inner.open(options));
  }

  async close(): Promise<void> {
    await this.#gate;
    this.isClosed = true;
    await this.#inner.close();
  }

  async #save(records: readonly SessionRecord[]): Promise<void> {
    if (records.some(this.refuses)) throw new StorageError('invalid', 'It cannot be kept.');
    await this.#answer(() => this.#inner.sessions.save(records));
    if (records.length > 0) this.saves.push(records);
  }

  async #answer<T>(act: () => Promise<T>): Promise<T> {
    this.asked += 1;
    await this.#gate;
    // Decided once: trouble that begins while it saves would look like an answer that is lost.
    const { failure } = this;
    if (failure === undefined || this.isDoneAnyway) {
      const result = await act();
      if (failure === undefined) return result;
    }
    throw failure;
  }
}
