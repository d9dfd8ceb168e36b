import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../src/options.ts';
import { createStorage } from '../../src/storage/create-storage.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
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

test.each(['postgres', 'postgresql'])('%s://..., which connects to nothing before it is opened', (scheme) => {
  expect(createStorage(`${scheme}://ann:secret@db/sessions`)).toBeInstanceOf(PostgresStorage);
});

test.each([
  ['mysql://ann:secret@db/sessions', '"mysql:..."'],
  ['data/signalbox.db', '"data/signalbox.db"'],
  ['memory', '"memory"'],
  ['memory:yes', '"memory:yes"'],
  ['sqlite:', '"sqlite:"'],
  ['sqlite::memory:', '"sqlite::memory:"'],
  ['SQLITE:a.db', '"SQLITE:..."'],
  ['', '""'],
])('%s is refused, and no password shown', (name, shown) => {
  const forms = 'memory: or sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE';
  expect(() => createStorage(name)).toThrow(`storage is ${shown}, but it must be ${forms}.`);
});
