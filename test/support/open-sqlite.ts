import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Opens a storage until the end of the test, beside servers that are alive. Default: of a database of its own. */
export async function openSqlite(
  path = join(temporaryFolder(), 'signalbox.db'),
  clock?: Pick<Clock, 'wallNow'>,
): Promise<SqliteStorage> {
  const storage = new SqliteStorage(path, clock);
  onTestFinished(() => storage.close());
  await storage.open({ ...ALONE, isAlive: () => true });
  return storage;
}

/** Opens a database until the end of the test, as another program does. */
export function openDirectly(path: string): Database.Database {
  const database = new Database(path);
  onTestFinished(() => void database.close());
  return database;
}
