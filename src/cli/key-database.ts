import { type Keys, StoredKeys } from '../auth/keys.ts';
import { systemClock } from '../clock.ts';
import { isA, OptionsError } from '../errors.ts';
import { StorageError } from '../storage/storage.ts';
import { CommandProblem } from './command-problems.ts';
import { commandStorage } from './command-storage.ts';
import type { Settings } from './settings.ts';

/**
 * Opens the database, while a server runs on it or not, and closes it when `use` is done.
 *
 * @param isMade Whether a SQLite database is made if it is missing.
 * @throws {CommandProblem}
 */
export async function withKeys<T>(settings: Settings, isMade: boolean, use: (keys: Keys) => Promise<T>): Promise<T> {
  const { storage } = await commandStorage(settings, isMade);
  try {
    // The nodes that have open sessions in it are not known here, so these sessions stay as they are.
    await storage.open({ nodeId: 'signalbox-key', isAlive: () => true });
    if (storage.keys === undefined) throw new CommandProblem('this storage has no keys');
    return await use(new StoredKeys(storage.keys, systemClock));
  } catch (error) {
    if (isA(StorageError, error) || isA(OptionsError, error))
      throw new CommandProblem((error as Error).message.replace(/^keys\.\w+: /, ''));
    throw error;
  } finally {
    await storage.close();
  }
}
