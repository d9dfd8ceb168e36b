// The text by which nodes know that they share a storage.
import { mkdirSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createStorage } from '../../src/storage/create-storage.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { CANARY_PASSWORD } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the place of a storage in SQLite', () => {
  const placeAt = async (path: string) => {
    const storage = new SqliteStorage(path);
    onTestFinished(() => storage.close());
    expect(storage.place).toBeUndefined();
    await storage.open({ ...ALONE, isAlive: () => true });
    return storage.place;
  };

  test('is the machine and the file, whatever links lead to it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data'));
    symlinkSync(join(folder, 'data'), join(folder, 'linked'));
    symlinkSync(join(folder, 'data', 'a.db'), join(folder, 'a-link.db'));
    const place = `sqlite:${hostname()}:${join(folder, 'data', 'a.db')}`;
    expect(await placeAt(join(folder, 'data', 'a.db'))).toBe(place);
    expect(await placeAt(join(folder, 'linked', 'a.db'))).toBe(place);
    expect(await placeAt(join(folder, 'a-link.db'))).toBe(place);
    expect(await placeAt(join(folder, 'data', 'b.db'))).not.toBe(place);
  });
});

describe('the place of a storage in PostgreSQL', () => {
  const placeOf = (url: string) => createStorage(url).place;
  const password = encodeURIComponent(CANARY_PASSWORD);

  test('is host, port, database and schema', () => {
    const place = 'postgres:db.example:5432/chat/signalbox';
    expect(placeOf(`postgres://ann:${password}@db.example/chat`)).toBe(place);
    expect(placeOf('postgresql://bob@db.example:5432/chat?connections=3&sslmode=require')).toBe(place);
    expect(placeOf('postgres://db.example/chat?schema=signalbox&application_name=x')).toBe(place);
  });

  test('is another one for other tables', () => {
    const urls = [
      'db.example/chat',
      'db2.example/chat',
      'db.example:5433/chat',
      'db.example/other',
      'db.example/chat?schema=b',
    ];
    expect(new Set(urls.map((url) => placeOf(`postgres://${url}`))).size).toBe(urls.length);
  });

  test.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['%2Fvar%2Frun%2Fpostgresql', '/var/run/postgresql'],
  ])('names the machine, where each has its own: %s', (host, shown) => {
    expect(placeOf(`postgres://ann@${host}/chat`)).toBe(`postgres:${hostname()}:${shown}:5432/chat/signalbox`);
  });

  test('shows neither user nor password', () => {
    for (const url of [`ann:${password}@db.example/chat`, `db.example/chat?user=ann&password=${password}`])
      expect(placeOf(`postgres://${url}`)).not.toMatch(/ann|canary/);
  });
});

test('a storage in memory has no place: nobody shares it', async () => {
  const storage: Storage = new MemoryStorage();
  await storage.open(ALONE);
  expect(storage.place).toBeUndefined();
});
