import type { SessionRecord } from '../storage/session-store.ts';
import { type Storage, StorageError } from '../storage/storage.ts';
import { ALONE } from './session-records.ts';
import type { TestFramework } from './test-framework.ts';

/** Opens the storage of the test, and saves records in it. */
export type OpenStorage = (...records: readonly SessionRecord[]) => Promise<Storage>;

/** Declares a test of a storage. What it has opened is closed at its end. */
export type StorageTest = (name: string, run: (openStorage: OpenStorage) => Promise<void>) => void;

export function storageTest({ test, expect }: TestFramework, make: () => Storage): StorageTest {
  return (name, run) => {
    test(name, async () => {
      const opened: Storage[] = [];
      const openStorage: OpenStorage = async (...records) => {
        const storage = make();
        opened.push(storage);
        expect(await storage.open(ALONE)).toEqual({ lost: 0 });
        await storage.sessions.save(records);
        return storage;
      };
      try {
        await run(openStorage);
      } finally {
        await Promise.all(opened.map((storage) => storage.close()));
      }
    });
  };
}

export function idsOf(records: readonly SessionRecord[]): string[] {
  return records.map(({ id }) => id);
}

/** Resolves with the problem of a StorageError; with the error's text for another one; with 'none' for a success. */
export function problemOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'none',
    (error: unknown) => (error instanceof StorageError ? error.problem : String(error)),
  );
}
