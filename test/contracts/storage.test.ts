import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { storageContract } from '../../src/testing/storage-contract.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgresUrl = postgresSchemas();

/** Implementations of the storage port. Add a new one here; each has to pass the same tests. */
const STORAGES: Readonly<Record<string, () => Storage>> = {
  memory: () => new MemoryStorage(),
  sqlite: () => new SqliteStorage(join(temporaryFolder(), 'data', 'signalbox.db')),
  postgres: () => new PostgresStorage(postgresUrl()),
};

for (const [kind, make] of Object.entries(STORAGES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a storage of the kind ${kind}`, () => {
    storageContract({ test, expect }, make);
  });
}
