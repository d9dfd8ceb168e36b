import { randomUUID } from 'node:crypto';
import { closeSync, lstatSync, openSync, readlinkSync, realpathSync, statSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from '../storage.ts';

/** Files that SQLite has beside a database. It does not follow links to them. */
const BESIDE = ['-wal', '-shm', '-journal'];
/** Bytes of a path that SQLite takes on Unix: 512, and it adds up to 8. It calls a longer one unwritable. */
const LONGEST_PATH = 504;

/**
 * Checks what is at the paths of a database, which need not exist. SQLite takes anything else than a file for a broken
 * disk, and would wait at a pipe for ever.
 *
 * @throws {StorageError}, or Node's error when a path cannot be looked at.
 */
export function checkPlace(path: string): void {
  const real = realPathOf(path);
  if (process.platform !== 'win32' && Buffer.byteLength(real) > LONGEST_PATH)
    throw new StorageError('unwritable', `${path} is too long a path for SQLite: ${LONGEST_PATH} bytes at most.`);
  const found = statSync(real, { throwIfNoEntry: false });
  if (found?.isFile() === false) throw noFile(path);
  for (const file of BESIDE.map((end) => real + end))
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) throw noFile(file);
}

/**
 * Finds out whether SQLite can make its files, by making one: what `access` says does not hold for root, nor for every
 * file system. Not while there is a log: then SQLite needs no further file.
 *
 * @throws Node's error.
 */
export function tryPlace(path: string): void {
  const real = realPathOf(path);
  if (statSync(`${real}-wal`, { throwIfNoEntry: false }) !== undefined) return;
  const file = join(dirname(real), `signalbox-check-${randomUUID()}`);
  closeSync(openSync(file, 'wx', 0o600));
  unlinkSync(file);
}

/** The path behind symbolic links, also when the last one leads to no file yet. */
export function realPathOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? realPathOf(resolve(dirname(path), readlinkSync(path))) : path;
}

function noFile(path: string): StorageError {
  return new StorageError('unwritable', `${path} is no regular file: move it away, or name another database.`);
}
