import { describe, expect, test } from 'vitest';
import { checked } from '../../src/storage/checked-arguments.ts';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import { MODERATION_ARGUMENTS } from '../../src/storage/moderation-arguments.ts';
import type { ModerationStore } from '../../src/storage/moderation-store.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { moderationStoreContract, oldModerationContract } from '../../src/testing/moderation-store-contract.ts';
import type { OpenStore } from '../../src/testing/store-test.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { PostgresStores, withLostAnswers } from '../support/postgres-stores.ts';
import { STORAGES, storeOf } from '../support/storage-stores.ts';

const postgresUrl = postgresSchemas();

/** Implementations of the port of a store of moderation. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<ModerationStore>>> = {
  memory: storeOf(STORAGES.memory, ({ moderation }) => moderation),
  sqlite: storeOf(STORAGES.sqlite, ({ moderation }) => moderation),
  postgres: storeOf(
    (clock) => new PostgresStorage(postgresUrl(), clock),
    ({ moderation }) => moderation,
  ),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of moderation of the kind ${kind}`, () => {
    moderationStoreContract({ test, expect }, open);
    oldModerationContract({ test, expect }, open);
  });
}

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe.runIf(hasPostgres)('a store of moderation in postgres whose answers to COMMIT are lost', () => {
  const postgres = new PostgresStores();
  moderationStoreContract({ test, expect }, (clock) =>
    postgres.open(MODERATION, (transact, schema) =>
      checked(new PostgresModeration(withLostAnswers(transact), schema, clock), MODERATION_ARGUMENTS),
    ),
  );
});
