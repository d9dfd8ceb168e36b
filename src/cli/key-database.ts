import { existsSync } from 'node:fs';
import { type Keys, StoredKeys } from '../auth/keys.ts';
import { systemClock } from '../clock.ts';
import { isA, OptionsError } from '../errors.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import { sqlitePackageFault } from '../storage/sqlite/sqlite-package.ts';
import { SqliteStorage } from '../storage/sqlite.ts';
import { StorageError } from '../storage/storage.ts';
import type { Settings } from './settings.ts';
import { databaseOf } from './standalone-server.ts';

/** Why nothing could be done, as one line. */
export class KeyProblem extends Error {}

/**
 * Opens the database of the data folder, while a server runs on it or not, and closes it when `use` is done.
 *
 * @param isMade Whether folder and database are made if they are missing.
 * @throws {KeyProblem}
 */
export async function withKeys<T>(settings: Settings, isMade: boolean, use: (keys: Keys) => Promise<T>): Promise<T> {
  const path = databaseOf(settings);
  const fault = await sqlitePackageFault();
  if (fault !== undefined) throw new KeyProblem(fault);
  if (isMade) makePrivateFolder(settings.data);
  else if (!existsSync(path))
    throw new KeyProblem(`there is no database ${path}: make a key first, or choose another folder with --data`);
  const storage = new SqliteStorage(path);
  try {
    // The nodes that have open sessions in it are not known here, so these sessions stay as they are.
    await storage.open({ nodeId: 'signalbox-key', isAlive: () => true });
    return await use(new StoredKeys(storage.keys, systemClock));
  } catch (error) {
    if (isA(StorageError, error) || isA(OptionsError, error))
      throw new KeyProblem((error as Error).message.replace(/^keys\.\w+: /, ''));
    throw error;
  } finally {
    await storage.close();
  }
}
