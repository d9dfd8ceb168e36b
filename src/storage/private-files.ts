import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

// Records say who was connected, from where and when: they are for the user whom the server runs as.
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;

/**
 * Makes a folder, and what is missing above it, for this user alone, whatever the umask. One that is there stays as it is.
 *
 * @throws Node's error when there cannot be one.
 */
export function makePrivateFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makePrivateFolder(parent);
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    // Somebody else may have been faster.
    if (isFolder(path)) return;
    throw error;
  }
  chmodSync(path, FOLDER_MODE);
}

/** Makes an empty file for this user alone, whatever the umask. One that is there stays as it is. @throws Node's error. */
export function makePrivateFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const file = openSync(path, 'a', FILE_MODE);
  try {
    fchmodSync(file, FILE_MODE);
  } finally {
    closeSync(file);
  }
}

/** The mode of what is at a path, as chmod takes it, when others than its owner have a part in it. */
export function modeForOthers(path: string): string | undefined {
  // There these bits say nothing.
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
