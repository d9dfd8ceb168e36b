import { join } from 'node:path';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { type OpenStore, openStore } from '../../src/testing/store-test.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Storages whose files, if any, are removed after the test. */
export const STORAGES = {
  memory: (clock: SimulatedClock) => new MemoryStorage(undefined, clock),
  sqlite: (clock: SimulatedClock) => new SqliteStorage(join(temporaryFolder(), 'signalbox.db'), clock),
};

/** Opens a store of a new storage. */
export function storeOf<Kind extends Storage, Store>(
  make: (clock: SimulatedClock) => Kind,
  select: (storage: Kind) => Store,
): OpenStore<Store> {
  return (clock) => {
    const storage = make(clock);
    return openStore(storage, select(storage));
  };
}
