import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { storageContract } from '../../src/testing/storage-contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Implementations of the storage port. Add a new one here; each has to pass the same tests. */
const STORAGES: Readonly<Record<string, () => Storage>> = {
  memory: () => new MemoryStorage(),
  sqlite: () => new SqliteStorage(join(temporaryFolder(), 'data', 'signalbox.db')),
};

describe.each(Object.entries(STORAGES))('a storage of the kind %s', (_kind, make) => {
  storageContract({ test, expect }, make);
});
