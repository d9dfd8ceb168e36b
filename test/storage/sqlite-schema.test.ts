// Databases of older versions, and what the command line does with a schema.
import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { makeSchema3, SCHEMA_3_CONTENT } from '../support/old-database.ts';
import { SCHEMA_VERSION } from '../support/schema-version.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** @returns the path of a database of schema 3. */
function schema3(): string {
  const path = join(temporaryFolder(), 'signalbox.db');
  makeSchema3(path);
  return path;
}

function storageAt(path: string): SqliteStorage {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  return storage;
}

/** Everything in the old tables. */
async function contentOf(path: string) {
  const storage = storageAt(path);
  await storage.open(ALONE);
  const { credentials, users } = await storage.keys.changesSince(0);
  return { sessions: await storage.sessions.list(), keys: await storage.keys.list(), credentials, users };
}

describe('a database of schema 3', () => {
  test('keeps every row of every table when it is opened', async () => {
    expect(await contentOf(schema3())).toEqual(SCHEMA_3_CONTENT);
  });

  test('keeps every row when it is migrated, which says what it has done', async () => {
    const path = schema3();
    const storage = storageAt(path);
    expect(await storage.migrate()).toEqual({ from: 3, to: SCHEMA_VERSION });
    expect(await storage.migrate()).toEqual({ from: SCHEMA_VERSION, to: SCHEMA_VERSION });
    expect(await contentOf(path)).toEqual(SCHEMA_3_CONTENT);
  });

  test('is migrated once, by whichever of several is the first', async () => {
    const path = schema3();
    const all = await Promise.all(Array.from({ length: 4 }, () => storageAt(path).migrate()));
    expect(all.map(({ from }) => from).sort()).toEqual([3, SCHEMA_VERSION, SCHEMA_VERSION, SCHEMA_VERSION]);
    expect(await contentOf(path)).toEqual(SCHEMA_3_CONTENT);
  });

  test('stays as it is when a migration fails', async () => {
    const path = schema3();
    const database = new Database(path);
    // In the way of the last migration.
    database.exec('CREATE TABLE sessions_by_end (a)');
    await expect(storageAt(path).migrate()).rejects.toMatchObject({ problem: 'failed' });
    expect(database.pragma('user_version', { simple: true })).toBe(3);
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
    database.close();
    expect(names).toEqual([
      'key_secrets',
      'keys',
      'revoked_credentials',
      'revoked_users',
      'sessions',
      'sessions_by_end',
    ]);
  });

  test('is examined and checked as it is, and no file is left beside it', async () => {
    const path = schema3();
    const bytes = readFileSync(path);
    await storageAt(path).examine();
    expect(await storageAt(path).check()).toEqual({ version: 3, latest: SCHEMA_VERSION });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['signalbox.db']);
  });
});

describe('a migration', () => {
  test('makes a database that is missing, with its folder, and leaves it closed', async () => {
    const path = join(temporaryFolder(), 'a', 'b', 'signalbox.db');
    expect(await storageAt(path).migrate()).toEqual({ from: 0, to: SCHEMA_VERSION });
    expect(readdirSync(join(path, '..'))).toEqual(['signalbox.db']);
  });

  test('refuses a newer schema', async () => {
    const path = schema3();
    new Database(path).exec('PRAGMA user_version = 99').close();
    await expect(storageAt(path).migrate()).rejects.toMatchObject({ problem: 'newer-schema' });
  });
});

describe('a check', () => {
  test('says that there is no database yet, and makes none', async () => {
    const folder = temporaryFolder();
    expect(await storageAt(join(folder, 'signalbox.db')).check()).toEqual({ version: 0, latest: SCHEMA_VERSION });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('may be done while a server writes', async () => {
    const path = join(temporaryFolder(), 'signalbox.db');
    const server = storageAt(path);
    await server.open(ALONE);
    const saved = server.sessions.save([sessionRecord('a')]);
    expect(await storageAt(path).check()).toEqual({ version: SCHEMA_VERSION, latest: SCHEMA_VERSION });
    await saved;
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(await server.sessions.list({ open: true })).toHaveLength(1);
  });

  test('finds a page that is damaged, which a server would not find at its start', async () => {
    const path = schema3();
    const database = new Database(path);
    const { rootpage } = database
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sessions_by_age'")
      .get() as { rootpage: number };
    const pageSize = database.pragma('page_size', { simple: true }) as number;
    database.close();
    const file = openSync(path, 'r+');
    // The header of the page stays. What its cells point to does not.
    writeSync(file, Buffer.alloc(100, 0xff), 0, 100, rootpage * pageSize - 100);
    await storageAt(path).examine();
    await expect(storageAt(path).check()).rejects.toMatchObject({
      problem: 'unreadable',
      message: expect.stringMatching(/signalbox\.db is damaged: use a backup of it\. SQLite says: /),
    });
  });

  test('refuses a newer schema, and a database of another program', async () => {
    const path = schema3();
    new Database(path).exec('PRAGMA user_version = 99').close();
    await expect(storageAt(path).check()).rejects.toMatchObject({ problem: 'newer-schema' });
    const other = join(temporaryFolder(), 'accounts.db');
    new Database(other).exec('CREATE TABLE accounts (money)').close();
    await expect(storageAt(other).check()).rejects.toMatchObject({ problem: 'unreadable' });
  });
});
