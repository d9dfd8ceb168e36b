import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { type KeyStorage, keyStoreContract } from '../../src/testing/key-store-contract.ts';
import type { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgresUrl = postgresSchemas();

/** Implementations of the port of a store of keys. Add a new one here; each has to pass the same tests. */
const STORAGES: Readonly<Record<string, (clock: SimulatedClock) => KeyStorage>> = {
  memory: (clock) => new MemoryStorage(undefined, clock),
  sqlite: (clock) => new SqliteStorage(join(temporaryFolder(), 'signalbox.db'), clock),
  postgres: (clock) => new PostgresStorage(postgresUrl(), clock),
};

for (const [kind, make] of Object.entries(STORAGES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of keys of the kind ${kind}`, () => {
    keyStoreContract({ test, expect }, make);
  });
}
