import { existsSync } from 'node:fs';
import { createStorage } from '../storage/create-storage.ts';
import { type DatabaseStorage, inDatabase } from '../storage/database-storage.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import { CommandProblem } from './command-problems.ts';
import type { Settings } from './settings.ts';
import { type StandaloneStorage, storageOf } from './standalone-storage.ts';
import { packageFault } from './storage-package.ts';

/** A storage that a command works on, while servers run on it or not. */
export interface CommandStorage extends StandaloneStorage {
  readonly storage: DatabaseStorage;
}

/**
 * The database that the settings name, for a command. Nothing is opened yet.
 *
 * @param isMade Whether a SQLite database and its folder are made if they are missing.
 * @throws {CommandProblem}; Node's error when the folder cannot be made.
 */
export async function commandStorage(settings: Settings, isMade: boolean): Promise<CommandStorage> {
  const chosen = storageOf(settings);
  const fault = await packageFault(chosen);
  if (fault !== undefined) throw new CommandProblem(fault);
  const { path, folder } = chosen;
  if (folder !== undefined && isMade) makePrivateFolder(folder);
  else if (path !== undefined && !existsSync(path))
    throw new CommandProblem(`there is no database ${path}: choose another with --data or --storage`);
  const storage = inDatabase(createStorage(chosen.url));
  if (storage === undefined)
    throw new CommandProblem('storage is memory:, which has no database: what is in it ends with the server');
  return { ...chosen, storage };
}
