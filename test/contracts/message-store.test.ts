import { describe, expect, test } from 'vitest';
import { checked } from '../../src/storage/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from '../../src/storage/message-arguments.ts';
import type { MessageStore } from '../../src/storage/message-store.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { messageStoreContract, oldMessagesContract } from '../../src/testing/message-store-contract.ts';
import type { OpenStore } from '../../src/testing/store-test.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { PostgresStores, withLostAnswers } from '../support/postgres-stores.ts';
import { STORAGES, storeOf } from '../support/storage-stores.ts';

const postgresUrl = postgresSchemas();

/** Implementations of the port of a store of messages. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<MessageStore>>> = {
  memory: storeOf(STORAGES.memory, ({ messages }) => messages),
  sqlite: storeOf(STORAGES.sqlite, ({ messages }) => messages),
  postgres: storeOf(
    (clock) => new PostgresStorage(postgresUrl(), clock),
    ({ messages }) => messages,
  ),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of messages of the kind ${kind}`, () => {
    messageStoreContract({ test, expect }, open);
    oldMessagesContract({ test, expect }, open);
  });
}

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe.runIf(hasPostgres)('a store of messages in postgres whose answers to COMMIT are lost', () => {
  const postgres = new PostgresStores();
  messageStoreContract({ test, expect }, () =>
    postgres.open(MESSAGES, (transact, schema) =>
      checked(new PostgresMessages(withLostAnswers(transact), schema), MESSAGE_ARGUMENTS),
    ),
  );
});
