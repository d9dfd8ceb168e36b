import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '../storage.ts';
import { makePrivateFile } from './private-files.ts';

/** Files that SQLite may have beside a database while it writes it. */
const BESIDE = ['', '-journal', '-wal', '-shm'];

/**
 * A new file that gets its name once it is complete, for this user alone. Until then it has another name, in the same
 * folder. A file that is there already is never replaced.
 */
export class UnfinishedFile {
  /** Path at which it is written. */
  readonly path: string;
  readonly #finalPath: string;

  /** @throws {StorageError} when there is such a file; Node's error when none can be made. */
  constructor(path: string) {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw taken(path);
    this.#finalPath = path;
    this.path = `${path}.${randomUUID()}.part`;
    makePrivateFile(this.path);
  }

  /** Gives the file its name. @throws {StorageError} when somebody else has made such a file meanwhile. */
  finish(): void {
    // Only one can make it, and what is replaced then is ours. A link would do the same, but not on every disk.
    try {
      closeSync(openSync(this.#finalPath, 'wx', 0o600));
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(this.#finalPath) : error;
    }
    renameSync(this.path, this.#finalPath);
    syncFolder(dirname(this.#finalPath));
  }

  /** Removes what is not finished. */
  discard(): void {
    for (const end of BESIDE) rmSync(this.path + end, { force: true });
  }
}

function taken(path: string): StorageError {
  return new StorageError('unwritable', `${path} is there already, and is not replaced: name another file.`);
}

/** Brings a new name to the disk. Windows has no such call. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
