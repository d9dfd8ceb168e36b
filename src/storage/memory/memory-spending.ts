import type { Kept } from '../retained.ts';
import { writeDecimal } from '../rows/decimal.ts';
import { ownersOf, type ReadEntry, readEntries, sumsOf } from '../rows/spend-entries.ts';
import type { SpendEntry, SpendTotal } from '../task-store.ts';
import { prunable } from './old-rows.ts';

type KeptEntry = ReadEntry & { readonly by: string };

/** What users spend, in memory. */
export class MemorySpending {
  readonly #entries = new Map<string, KeptEntry>();
  readonly #totals = new Map<string, bigint>();

  /** @throws {StorageError} `invalid`, when an amount is no decimal number. Nothing has changed then. */
  spend(entries: readonly SpendEntry[], by: string): readonly SpendTotal[] {
    const read = readEntries(entries);
    const fresh = read.filter(({ id }) => !this.#entries.has(id));
    for (const entry of fresh) this.#entries.set(entry.id, { ...entry, by });
    for (const [ownerId, sum] of sumsOf(fresh)) this.#totals.set(ownerId, this.#total(ownerId) + sum);
    const added = sumsOf(read.flatMap(({ id }) => this.#entries.get(id) ?? []).filter((entry) => entry.by === by));
    return ownersOf(entries).map((ownerId) => ({
      ownerId,
      total: this.spent(ownerId),
      added: writeDecimal(added.get(ownerId) ?? 0n),
    }));
  }

  spent(ownerId: string): string {
    return writeDecimal(this.#total(ownerId));
  }

  prune(kept: Kept, limit: number): number {
    const ids = prunable([...this.#entries.values()], kept, limit);
    for (const id of ids) this.#entries.delete(id);
    return ids.length;
  }

  #total(ownerId: string): bigint {
    return this.#totals.get(ownerId) ?? 0n;
  }
}
