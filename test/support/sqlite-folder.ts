import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/clock.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';

/** An open storage for all tests of a file. */
export interface SqliteFolder {
  readonly storage: SqliteStorage;
  /** Closes it, and removes its files. */
  stop(): Promise<void>;
}

/** Opens a storage that does not wait for the disk: what it is asked is not about crashes. */
export async function startSqlite(clock?: Pick<Clock, 'wallNow'>): Promise<SqliteFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  const storage = new SqliteStorage(join(folder, 'signalbox.db'), clock);
  await storage.open(ALONE);
  await storage.pragma('synchronous = OFF');
  return {
    storage,
    async stop() {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
