import { StorageError, type StorageProblem } from '../storage.ts';

const CANNOT_WRITE = 'check that its folder exists, and that this user may write to both';

/**
 * Problems by the code of SQLite or of the operating system, each with a text for the operator. The first that fits
 * counts.
 */
const PROBLEMS: readonly (readonly [RegExp, StorageProblem, string])[] = [
  // PROTOCOL: too many processes at once, so SQLite gave up waiting for its own short locks.
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, 'locked', 'is locked by another process'],
  // SHMSIZE: no space for the shared memory of a WAL's readers and writer.
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)/, 'full', 'cannot grow: no space is left'],
  [/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM)/, 'unwritable', `cannot be written to: ${CANNOT_WRITE}`],
  [/^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST|ENOENT|ELOOP)/, 'unwritable', `cannot be written to: ${CANNOT_WRITE}`],
  [
    /^(SQLITE_NOTADB|SQLITE_CORRUPT)/,
    'unreadable',
    'is no SQLite database, or a damaged one: move it away, or name another file',
  ],
];

interface Thrown {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** The optional package with SQLite, as npm takes it: the version that we are made for, and later ones like it. */
const PACKAGE = 'better-sqlite3@12';

/** An error for what is thrown when better-sqlite3 is missing or cannot be loaded; undefined: it was something else. */
export function packageError(thrown: unknown): StorageError | undefined {
  const { code, message } = thrown as Thrown;
  const text = String(message);
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(String(code)) && text.includes('better-sqlite3')) {
    return new StorageError(
      'failed',
      `SQLite needs the package better-sqlite3, which is optional and not installed: run \`npm install ${PACKAGE}\`.`,
    );
  }
  if (code === 'ERR_DLOPEN_FAILED' || /bindings file/.test(text)) {
    const [line] = text.split('\n');
    return new StorageError(
      'failed',
      `better-sqlite3 has no program for this Node.js ${process.version}: allow its install script, ` +
        `then run \`npm rebuild better-sqlite3\`, or \`npm install ${PACKAGE}\` if that fails (${line}).`,
    );
  }
  return undefined;
}

/** Turns any thrown value into an error that the operator can act on. */
export function storageError(thrown: unknown, path: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const { code, message } = thrown as Thrown;
  const fault = packageError(thrown);
  if (fault !== undefined) return fault;
  if (typeof code === 'string') {
    for (const [pattern, problem, text] of PROBLEMS) {
      if (pattern.test(code)) return new StorageError(problem, `${path} ${text} (${code}).`);
    }
  }
  return new StorageError(
    'failed',
    `${path}: ${String(message ?? thrown)}${typeof code === 'string' ? ` (${code})` : ''}`,
  );
}

/** The error of a call while the database is not open. */
export function notOpen(path: string): StorageError {
  return new StorageError('closed', `${path} is not open.`);
}
