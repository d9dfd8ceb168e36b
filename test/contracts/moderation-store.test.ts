import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import type { ModerationStore } from '../../src/storage/moderation-store.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { checked } from '../../src/storage/rows/checked-arguments.ts';
import { MODERATION_ARGUMENTS } from '../../src/storage/rows/moderation-arguments.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { moderationStoreContract, oldModerationContract } from '../../src/testing/moderation-store-contract.ts';
import { type OpenStore, openStore } from '../../src/testing/opened-store.ts';
import { openWithLostAnswers } from '../support/lost-answers.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgresUrl = postgresSchemas();
const opened = (storage: Storage & { readonly moderation: ModerationStore }) => openStore(storage, storage.moderation);

/** Implementations of the port of a store of moderation. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<ModerationStore>>> = {
  memory: (clock) => opened(new MemoryStorage(undefined, clock)),
  sqlite: (clock) => opened(new SqliteStorage(join(temporaryFolder(), 'signalbox.db'), clock)),
  postgres: (clock) => opened(new PostgresStorage(postgresUrl(), clock)),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of moderation of the kind ${kind}`, () => {
    moderationStoreContract({ test, expect }, open);
    oldModerationContract({ test, expect }, open);
  });
}

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe('a store of moderation in postgres whose answers to COMMIT are lost', () => {
  const postgres = new PostgresStores();

  moderationStoreContract({ test, expect }, (clock) =>
    openWithLostAnswers(postgres, MODERATION, (transact, schema) =>
      checked(new PostgresModeration(transact, schema, clock), MODERATION_ARGUMENTS),
    ),
  );
});
