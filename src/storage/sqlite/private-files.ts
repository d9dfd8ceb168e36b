import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

// Records show who was connected, from where and when: only the user that the server runs as may read them.
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;

/**
 * Makes a folder and its missing parents for this user alone, whatever the umask. A folder that exists stays as it is.
 *
 * @returns the folders that were made, parents first.
 * @throws {Error} Node's error when one cannot be made. No other is left then.
 */
export function makePrivateFolder(path: string): readonly string[] {
  if (isFolder(path)) return [];
  const parent = dirname(path);
  const parents = parent === path ? [] : makePrivateFolder(parent);
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    // Another process may have been faster.
    if (isFolder(path)) return parents;
    for (const made of parents.toReversed()) rmdirSync(made);
    throw error;
  }
  chmodSync(path, FOLDER_MODE);
  return [...parents, path];
}

/**
 * Makes an empty file for this user alone, whatever the umask. A file that exists stays as it is.
 *
 * @throws Node's error.
 */
export function makePrivateFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const file = openSync(path, 'a', FILE_MODE);
  try {
    fchmodSync(file, FILE_MODE);
  } finally {
    closeSync(file);
  }
}

/** Mode of a file or folder, as chmod takes it, when other users than its owner have access; otherwise undefined. */
export function modeForOthers(path: string): string | undefined {
  // On Windows these bits have no meaning.
  if (process.platform === 'win32') return undefined;
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  return (mode & OTHERS) === 0 ? undefined : mode.toString(8).padStart(4, '0');
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
