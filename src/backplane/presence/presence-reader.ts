import type { PresenceEntry } from '../../hub/presence.ts';
import type { CheckedPresenceQuery } from '../../hub/presence-port.ts';
import { compareKeys } from './key-order.ts';
import type { LocalKey } from './local-key.ts';
import type { LocalKeys } from './local-keys.ts';
import { entryOf } from './presence-entry.ts';
import type { PresenceStore } from './presence-store.ts';
import type { StoreEntrance } from './store-entrance.ts';

export interface ReaderParts {
  readonly hub: string;
  readonly store: PresenceStore;
  readonly entrance: StoreEntrance;
  readonly keys: LocalKeys;
}

/** Reads who is there: from the store, and while that is away from what this node knows. */
export class PresenceReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  get(key: string): Promise<PresenceEntry | undefined> {
    const { hub, keys, store } = this.#parts;
    return this.#read(
      async () => {
        const holder = await store.get(hub, key);
        return holder && entryOf(key, holder);
      },
      () => {
        const local = keys.get(key);
        return local?.isHeld === true ? entryOf(key, local.holder()) : undefined;
      },
    );
  }

  list(query: CheckedPresenceQuery): Promise<readonly PresenceEntry[]> {
    const { prefix, after, limit } = query;
    return this.#read(
      () => this.#listStored(query),
      () =>
        this.#heldHere(prefix)
          .filter(({ key }) => after === undefined || compareKeys(key, after) > 0)
          .sort((one, other) => compareKeys(one.key, other.key))
          .slice(0, limit)
          .map((local) => entryOf(local.key, local.holder())),
    );
  }

  count(prefix: string): Promise<number> {
    const { hub, store } = this.#parts;
    return this.#read(
      () => store.count(hub, prefix),
      () => this.#heldHere(prefix).length,
    );
  }

  async #listStored({ prefix, limit, after }: CheckedPresenceQuery): Promise<readonly PresenceEntry[]> {
    const { hub, store } = this.#parts;
    const entries: PresenceEntry[] = [];
    let from = after;
    do {
      const { holders, next } = await store.list(hub, { prefix, after: from, limit: limit - entries.length });
      for (const holder of holders) entries.push(entryOf(holder.key, holder));
      from = next;
    } while (from !== undefined && entries.length < limit);
    return entries;
  }

  #heldHere(prefix: string): LocalKey[] {
    return [...this.#parts.keys.all()].filter(({ key, isHeld }) => isHeld && key.startsWith(prefix));
  }

  async #read<T>(stored: () => Promise<T>, here: () => T): Promise<T> {
    const { entrance } = this.#parts;
    await entrance.settled();
    if (!entrance.isOpen) return here();
    try {
      return await stored();
    } catch {
      // The link notices by itself.
      return here();
    }
  }
}
