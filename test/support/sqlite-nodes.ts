import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';

/**
 * Servers that share a database of SQLite while the tests of this file run. To start one for each case of a property
 * would take most of the time, and so would waiting for the disk.
 */
export class SqliteNodes {
  readonly storages: readonly SqliteStorage[];
  readonly #cleared: string;
  #other: Database.Database | undefined;

  constructor(count: number, tables: readonly string[], clock: Pick<Clock, 'wallNow'> = systemClock) {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
    this.storages = Array.from({ length: count }, () => new SqliteStorage(join(folder, 'signalbox.db'), clock));
    this.#cleared = tables.map((table) => `DELETE FROM ${table};`).join('');
    beforeAll(async () => {
      for (const storage of this.storages) {
        await storage.open({ ...ALONE, isAlive: () => true });
        await storage.pragma('synchronous = OFF');
      }
      this.#other = new Database(join(folder, 'signalbox.db'));
    });
    afterAll(async () => {
      this.#other?.close();
      await Promise.all(this.storages.map((storage) => storage.close()));
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** Deletes all rows. */
  clear(): void {
    this.#other?.exec(this.#cleared);
  }
}
