import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { MessageStore } from '../../src/storage/message-store.ts';
import { MESSAGES } from '../../src/storage/migrations/postgres/003-messages.ts';
import { PostgresMessages } from '../../src/storage/postgres/postgres-messages.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { checked } from '../../src/storage/rows/checked-arguments.ts';
import { MESSAGE_ARGUMENTS } from '../../src/storage/rows/message-arguments.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { messageStoreContract, oldMessagesContract } from '../../src/testing/message-store-contract.ts';
import { type OpenStore, openStore } from '../../src/testing/opened-store.ts';
import { openWithLostAnswers } from '../support/lost-answers.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgresUrl = postgresSchemas();
const opened = (storage: Storage & { readonly messages: MessageStore }) => openStore(storage, storage.messages);

/** Implementations of the port of a store of messages. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<MessageStore>>> = {
  memory: (clock) => opened(new MemoryStorage(undefined, clock)),
  sqlite: (clock) => opened(new SqliteStorage(join(temporaryFolder(), 'signalbox.db'), clock)),
  postgres: (clock) => opened(new PostgresStorage(postgresUrl(), clock)),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`a store of messages of the kind ${kind}`, () => {
    messageStoreContract({ test, expect }, open);
    oldMessagesContract({ test, expect }, open);
  });
}

// How many rows it has deleted is unknown to a call that is repeated, so the contract of that does not hold.
describe('a store of messages in postgres whose answers to COMMIT are lost', () => {
  const postgres = new PostgresStores();

  messageStoreContract({ test, expect }, () =>
    openWithLostAnswers(postgres, MESSAGES, (transact, schema) =>
      checked(new PostgresMessages(transact, schema), MESSAGE_ARGUMENTS),
    ),
  );
});
