import { storageError } from './sqlite-problems.ts';

/**
 * Looks for better-sqlite3, which is an optional package, and loads its binary into this process.
 *
 * @returns why a storage `sqlite:PATH` could not be opened, and what to do; undefined: it could.
 */
export async function sqlitePackageFault(): Promise<string | undefined> {
  try {
    const { default: Database } = await import('better-sqlite3');
    // The binary is loaded with the first database.
    new Database(':memory:').close();
    return undefined;
  } catch (error) {
    return storageError(error, 'SQLite').message;
  }
}
