import type { Storage } from '../storage/storage.ts';
import { ALONE } from './session-records.ts';
import { SimulatedClock } from './simulated-clock.ts';
import type { TestFramework } from './test-framework.ts';

/** A store of one topic in a storage that is open. */
export interface OpenedStore<Store> {
  readonly store: Store;
  close(): Promise<void>;
  /** Opens the storage again, with what was in it. */
  reopen(): Promise<void>;
}

/** Opens a storage that nobody has used. `clock` tells what time it is for its owner. */
export type OpenStore<Store> = (clock: SimulatedClock) => Promise<OpenedStore<Store>>;

/** Declares a test of a store. Its storage is closed at the end. */
export type StoreTest<Store> = (
  name: string,
  run: (store: Store, opened: OpenedStore<Store>, clock: SimulatedClock) => Promise<void>,
) => void;

export function storeTest<Store>({ test }: TestFramework, open: OpenStore<Store>): StoreTest<Store> {
  return (name, run) => {
    test(name, async () => {
      const clock = new SimulatedClock();
      const opened = await open(clock);
      try {
        await run(opened.store, opened, clock);
      } finally {
        await opened.close();
      }
    });
  };
}

/** Opens a storage for one of its stores. */
export async function openStore<Store>(storage: Storage, store: Store): Promise<OpenedStore<Store>> {
  const reopen = async () => void (await storage.open(ALONE));
  await reopen();
  return { store, close: () => storage.close(), reopen };
}

/** Calls that a store gets at once: it bounds how many may wait. */
const AT_ONCE = 100;

/** Does something for all, some at once. */
export async function forAll<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(act));
}
