import type { Storage } from './storage.ts';

/** Versions of a schema. */
export interface SchemaVersions {
  /** Version that a database has; 0: it has none yet. */
  readonly version: number;
  /** Version to which this version of signalbox brings it. */
  readonly latest: number;
}

/** Versions before and after a migration: the same when there was nothing to do. 0: there was no schema of ours. */
export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/** A storage in a database, with what the command line needs beside the port. None of it needs `open`. */
export interface DatabaseStorage extends Storage {
  /** Finds out whether `open` would refuse the database, and changes nothing. @throws {StorageError} */
  examine(): Promise<void>;
  /** Looks whether the database is sound, as far as that can be seen, and changes nothing. @throws {StorageError} */
  check(): Promise<SchemaVersions>;
  /** Brings the schema up to date, as `open` does. Several may do so at once. @throws {StorageError} */
  migrate(): Promise<Migrated>;
}

/** The storage as one in a database; undefined: it is none, as one in memory. */
export function inDatabase(storage: Storage): DatabaseStorage | undefined {
  return 'migrate' in storage ? (storage as DatabaseStorage) : undefined;
}
