import type Database from 'better-sqlite3';
import type { Kept } from '../retained.ts';
import { unitsOf, writeDecimal } from '../rows/decimal.ts';
import { ownersOf, type ReadEntry, readEntries, sumsOf } from '../rows/spend-entries.ts';
import type { SpendEntry, SpendTotal } from '../task-store.ts';
import { pruneRows } from './old-rows.ts';

const ADD_ENTRY = `
  INSERT INTO spend_entries (id, owner_id, amount, at, added_by) VALUES (@id, @ownerId, @amount, @at, @by)
  ON CONFLICT (id) DO NOTHING`;

/** `@ids`: a JSON list. */
const ADDED_BY = `
  SELECT owner_id AS ownerId, amount FROM spend_entries
  WHERE id IN (SELECT value FROM json_each(@ids)) AND added_by = @by`;

const SET_TOTAL = `
  INSERT INTO spend_totals (owner_id, total) VALUES (?, ?)
  ON CONFLICT (owner_id) DO UPDATE SET total = excluded.total`;

type Spent = Pick<SpendEntry, 'ownerId' | 'amount'>;

/** Statements on the tables of spending in one open database. SQLite has no exact decimals: sums are made here. */
export class SpendTables {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  spend(entries: readonly SpendEntry[], by: string): readonly SpendTotal[] {
    const read = readEntries(entries);
    const spend = this.#database.transaction(() => {
      for (const [ownerId, sum] of sumsOf(this.#add(read, by)))
        this.#database.prepare(SET_TOTAL).run(ownerId, writeDecimal(this.#total(ownerId) + sum));
      const added = sumsOf(this.#addedBy(read, by));
      return ownersOf(entries).map((ownerId) => ({
        ownerId,
        total: this.spent(ownerId),
        added: writeDecimal(added.get(ownerId) ?? 0n),
      }));
    });
    return spend.immediate();
  }

  spent(ownerId: string): string {
    return writeDecimal(this.#total(ownerId));
  }

  /** To be called in a transaction. */
  prune(kept: Kept, limit: number): number {
    return pruneRows(this.#database, { name: 'spend_entries', at: 'at' }, kept, limit).length;
  }

  /** @returns the entries that were not there before. */
  #add(entries: readonly ReadEntry[], by: string): readonly ReadEntry[] {
    const add = this.#database.prepare(ADD_ENTRY);
    return entries.filter((entry) => add.run({ ...entry, amount: writeDecimal(entry.amount), by }).changes === 1);
  }

  /** Which of these entries the call with this `by` has added, maybe when it was made before. */
  #addedBy(entries: readonly ReadEntry[], by: string): readonly Omit<ReadEntry, 'id' | 'at'>[] {
    const ids = JSON.stringify(entries.map(({ id }) => id));
    const rows = this.#database.prepare<[object], Spent>(ADDED_BY).all({ ids, by });
    return rows.map(({ ownerId, amount }) => ({ ownerId, amount: unitsOf(amount) }));
  }

  #total(ownerId: string): bigint {
    const select = this.#database.prepare<[string], string>('SELECT total FROM spend_totals WHERE owner_id = ?');
    return unitsOf(select.pluck().get(ownerId) ?? '0');
  }
}
