import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { createStorage } from '../../src/storage/create-storage.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';

test('memory:', () => {
  expect(createStorage('memory:')).toBeInstanceOf(MemoryStorage);
});

test('sqlite:PATH, from the working directory', () => {
  const storage = createStorage('sqlite:data/a b:c.db') as SqliteStorage;
  expect(storage).toBeInstanceOf(SqliteStorage);
  expect(storage.path).toBe(join(resolve('data'), 'a b:c.db'));
});

test.each([
  ['postgres://ann:secret@db/sessions', '"postgres:..."'],
  ['data/signalbox.db', '"data/signalbox.db"'],
  ['memory', '"memory"'],
  ['memory:yes', '"memory:yes"'],
  ['sqlite:', '"sqlite:"'],
  ['sqlite::memory:', '"sqlite::memory:"'],
  ['SQLITE:a.db', '"SQLITE:..."'],
  ['', '""'],
])('%s is refused, and no password shown', (name, shown) => {
  expect(() => createStorage(name)).toThrow(`storage is ${shown}, but it must be memory: or sqlite:PATH.`);
});
