import { realpathSync, statSync } from 'node:fs';

/** Device and inode: a path may lead to another file later. */
type Identity = string;

/**
 * Files of an open database: the database, its write-ahead log (`-wal`), and the shared memory with the log's index
 * (`-shm`). SQLite keeps them open, and does not notice when a path leads to another file or to none: it goes on
 * writing to a file without a name, whose content is lost with the process.
 */
export class DatabaseFiles {
  /** Path of the log. */
  readonly wal: string;
  readonly #path: string;
  readonly #known: readonly (readonly [path: string, identity: Identity])[];

  /** @param path The database's, which is open: SQLite has made the other files. */
  constructor(path: string) {
    this.#path = path;
    // SQLite follows a symbolic link, and puts the other files beside the true one.
    const real = realpathSync(path);
    this.wal = `${real}-wal`;
    this.#known = [path, this.wal, `${real}-shm`].map((file) => [file, identityOf(file)]);
  }

  /** Path of a file that was taken away or replaced, the database first; undefined: none was. @throws Node's error. */
  changed(): string | undefined {
    return this.#known.find(([file, identity]) => identity === GONE || identity !== identityOf(file))?.[0];
  }

  /** Whether a path is the database's own. */
  isDatabase(file: string): boolean {
    return file === this.#path;
  }

  /** Size of the log's file. */
  get walBytes(): number {
    return statSync(this.wal, { throwIfNoEntry: false })?.size ?? 0;
  }
}

const GONE: Identity = 'none';

function identityOf(path: string): Identity {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? GONE : `${found.dev}:${found.ino}`;
}
