import type { Clock } from '../../clock.ts';
import type { KeyRow, KeyStore, StoreChanges } from '../key-store.ts';
import { conflictOf, copyOfRow } from '../rows/key-rows.ts';
import { StorageError } from '../storage.ts';

interface Kept {
  readonly row: KeyRow;
  readonly changedAt: number;
}

/** API keys in memory, and what was revoked. */
export class MemoryKeys implements KeyStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  readonly #clock: Pick<Clock, 'wallNow'>;
  readonly #keys = new Map<string, Kept>();
  readonly #credentials = new Map<string, { readonly at: number; readonly until: number | null }>();
  readonly #users = new Map<string, number>();
  /** Never goes back, whatever the wall clock does. */
  #changedAt = 0;

  constructor(clock: Pick<Clock, 'wallNow'>) {
    this.#clock = clock;
  }

  async put(row: KeyRow): Promise<void> {
    this.#checkOpen();
    const before = this.#keys.get(row.id)?.row;
    const conflict = conflictOf(row, before?.secrets.at(-1));
    if (conflict !== undefined) throw new StorageError('failed', conflict);
    this.#changedAt = Math.max(this.#changedAt, this.#clock.wallNow());
    const copy = copyOfRow({ ...row, revokedAt: before?.revokedAt ?? row.revokedAt });
    this.#keys.set(row.id, { row: copy, changedAt: this.#changedAt });
  }

  async find(id: string): Promise<KeyRow | undefined> {
    this.#checkOpen();
    const kept = this.#keys.get(id);
    return kept && copyOfRow(kept.row);
  }

  async list(): Promise<readonly KeyRow[]> {
    this.#checkOpen();
    return [...this.#keys.values()]
      .map(({ row }) => copyOfRow(row))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  async touched(ids: readonly string[], at: number): Promise<void> {
    this.#checkOpen();
    for (const id of ids) {
      const kept = this.#keys.get(id);
      if (kept === undefined) continue;
      const lastUsedAt = Math.max(at, kept.row.lastUsedAt ?? at);
      this.#keys.set(id, { ...kept, row: { ...kept.row, lastUsedAt } });
    }
  }

  async revokeCredential(id: string, at: number, until: number | null): Promise<void> {
    this.#checkOpen();
    this.#forget();
    const before = this.#credentials.get(id) ?? { at, until };
    const later = before.until === null || until === null ? null : Math.max(before.until, until);
    this.#credentials.set(id, { at: Math.max(before.at, at), until: later });
  }

  async revokeUser(userId: string, at: number): Promise<void> {
    this.#checkOpen();
    this.#users.set(userId, Math.max(at, this.#users.get(userId) ?? at));
  }

  async changesSince(at: number, keysAt = at): Promise<StoreChanges> {
    this.#checkOpen();
    this.#forget();
    return {
      keys: [...this.#keys.values()].filter(({ changedAt }) => changedAt >= keysAt).map(({ row }) => copyOfRow(row)),
      credentials: [...this.#credentials]
        .filter(([, entry]) => entry.at >= at)
        .map(([id, { until }]) => ({ id, until })),
      users: [...this.#users].filter(([, moment]) => moment >= at).map(([id, moment]) => ({ id, at: moment })),
    };
  }

  /** Forgets revoked credentials whose own time is over. */
  #forget(): void {
    const now = this.#clock.wallNow();
    for (const [id, { until }] of this.#credentials) {
      if (until !== null && until <= now) this.#credentials.delete(id);
    }
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}
