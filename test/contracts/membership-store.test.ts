import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MembershipStore } from '../../src/storage/membership-store.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { memberships } from '../../src/storage/migrations/postgres/006-memberships.ts';
import { PostgresMemberships } from '../../src/storage/postgres/postgres-memberships.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { membershipStoreContract } from '../../src/testing/membership-store-contract.ts';
import { type OpenStore, openStore } from '../../src/testing/opened-store.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgres = new PostgresStores();
const opened = (storage: Storage & { readonly memberships: MembershipStore }) =>
  openStore(storage, storage.memberships);

/** Implementations of the port of a store of memberships. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<MembershipStore>>> = {
  memory: () => opened(new MemoryStorage()),
  sqlite: () => opened(new SqliteStorage(join(temporaryFolder(), 'signalbox.db'))),
  postgres: () => postgres.open(memberships, (transact, schema) => new PostgresMemberships(transact, schema)),
};

describe.each(Object.entries(STORES))('a store of memberships of the kind %s', (_kind, open) => {
  membershipStoreContract({ test, expect }, open);
});
