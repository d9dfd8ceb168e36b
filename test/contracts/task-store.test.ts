import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { tasks } from '../../src/storage/migrations/postgres/005-tasks.ts';
import { PostgresTasks } from '../../src/storage/postgres/postgres-tasks.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { TaskStore } from '../../src/storage/task-store.ts';
import { type OpenStore, openStore } from '../../src/testing/opened-store.ts';
import { taskStoreContract } from '../../src/testing/task-store-contract.ts';
import { PostgresStores } from '../support/postgres-stores.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const postgres = new PostgresStores();
const opened = (storage: Storage & { readonly tasks: TaskStore }) => openStore(storage, storage.tasks);

/** Implementations of the port of a store of tasks. Add a new one here; each has to pass the same tests. */
const STORES: Readonly<Record<string, OpenStore<TaskStore>>> = {
  memory: () => opened(new MemoryStorage()),
  sqlite: () => opened(new SqliteStorage(join(temporaryFolder(), 'signalbox.db'))),
  postgres: () => postgres.open(tasks, (transact, schema) => new PostgresTasks(transact, schema)),
};

describe.each(Object.entries(STORES))('a store of tasks of the kind %s', (_kind, open) => {
  taskStoreContract({ test, expect }, open);
});
