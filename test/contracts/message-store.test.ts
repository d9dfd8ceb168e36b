import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checked } from '../../src/storage/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from '../../src/storage/message-arguments.ts';
import type { MessageStore } from '../../src/storage/message-store.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import type { Transact } from '../../src/storage/postgres/transaction.ts';
import { messageStoreContract, oldMessagesContract } from '../../src/testing/message-store-contract.ts';
import type { OpenStore } from '../../src/testing/store-test.ts';
import { type PostgresStores, startPostgresStores, withLostAnswers } from '../support/postgres-stores.ts';
import { STORAGES, storeOf } from '../support/storage-stores.ts';

let postgres: PostgresStores;
beforeAll(async () => {
  postgres = await startPostgresStores();
});
afterAll(() => postgres.stop());

function inPostgres(through: (transact: Transact) => Transact = (transact) => transact): OpenStore<MessageStore> {
  return () =>
    postgres.open(MESSAGES, (transact, schema) =>
      checked(new PostgresMessages(through(transact), schema), MESSAGE_ARGUMENTS),
    );
}

/** Implementations of the port of a store of messages. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<MessageStore>>> = {
  memory: storeOf(STORAGES.memory, ({ messages }) => messages),
  sqlite: storeOf(STORAGES.sqlite, ({ messages }) => messages),
  postgres: inPostgres(),
};

describe.each(Object.entries(STORES))('a store of messages of the kind %s', (_kind, open) => {
  messageStoreContract({ test, expect }, open);
  oldMessagesContract({ test, expect }, open);
});

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe('a store of messages in postgres whose answers to COMMIT are lost', () => {
  messageStoreContract({ test, expect }, inPostgres(withLostAnswers));
});
