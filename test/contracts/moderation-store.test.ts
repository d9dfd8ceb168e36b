import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checked } from '../../src/storage/checked-arguments.ts';
import { MODERATION } from '../../src/storage/migrations/postgres/004-moderation.ts';
import { MODERATION_ARGUMENTS } from '../../src/storage/moderation-arguments.ts';
import type { ModerationStore } from '../../src/storage/moderation-store.ts';
import { PostgresModeration } from '../../src/storage/postgres/postgres-moderation.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { moderationStoreContract, oldModerationContract } from '../../src/testing/moderation-store-contract.ts';
import type { OpenStore } from '../../src/testing/store-test.ts';
import { type PostgresStores, startPostgresStores, withLostAnswers } from '../support/postgres-stores.ts';
import { STORAGES, storeOf } from '../support/storage-stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await startPostgresStores();
});
afterAll(() => postgres.stop());

function inPostgres(through: (transact: Transact) => Transact = (transact) => transact): OpenStore<ModerationStore> {
  return (clock) =>
    postgres.open(MODERATION, (transact, schema) =>
      checked(new PostgresModeration(through(transact), schema, clock), MODERATION_ARGUMENTS),
    );
}

/** Implementations of the port of a store of moderation. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<ModerationStore>>> = {
  memory: storeOf(STORAGES.memory, ({ moderation }) => moderation),
  sqlite: storeOf(STORAGES.sqlite, ({ moderation }) => moderation),
  postgres: inPostgres(),
};

describe.each(Object.entries(STORES))('a store of moderation of the kind %s', (_kind, open) => {
  moderationStoreContract({ test, expect }, open);
  oldModerationContract({ test, expect }, open);
});

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe('a store of moderation in postgres whose answers to COMMIT are lost', () => {
  moderationStoreContract({ test, expect }, inPostgres(withLostAnswers));
});
