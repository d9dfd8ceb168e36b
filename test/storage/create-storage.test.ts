import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../src/options.ts';
import { createStorage } from '../../src/storage/create-storage.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test.each([
  ['memory', () => 'memory:'],
  ['sqlite', () => `sqlite:${join(temporaryFolder(), 'signalbox.db')}`],
])('%s: lost sessions end by the clock of the server', async (_, nameOf) => {
  const clock = new SimulatedClock();
  const { storage = expect.fail('no storage') } = resolveOptions({
    hubs: {},
    storage: nameOf(),
    clock,
    logLevel: 'silent',
  });
  await storage.open(ALONE);
  await storage.sessions.save([sessionRecord('a')]);
  await storage.close();
  await storage.open(ALONE);
  const sessions = await storage.sessions.list();
  await storage.close();
  expect(sessions).toMatchObject([{ closeReason: 'lost', disconnectedAt: clock.wallNow() }]);
});

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
