import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MembershipStore } from '../../src/storage/membership-store.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { membershipStoreContract } from '../../src/testing/membership-store-contract.ts';
import { type OpenStore, openStore } from '../../src/testing/opened-store.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgresUrl = postgresSchemas();
const opened = (storage: Storage & { readonly memberships: MembershipStore }) =>
  openStore(storage, storage.memberships);

/** Implementations of the port of a store of memberships. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<MembershipStore>>> = {
  memory: () => opened(new MemoryStorage()),
  sqlite: () => opened(new SqliteStorage(join(temporaryFolder(), 'signalbox.db'))),
  postgres: () => opened(new PostgresStorage(postgresUrl())),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of memberships of the kind ${kind}`, () => {
    membershipStoreContract({ test, expect }, open);
  });
}
