import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { StorageProblem } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../support/schema-version.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function storageAt(path: string): SqliteStorage {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  return storage;
}

async function openStorage(path = join(temporaryFolder(), 'signalbox.db')): Promise<SqliteStorage> {
  const storage = storageAt(path);
  await storage.open(ALONE);
  return storage;
}

/** The database as another program reads it. */
function inspect<T>(path: string, look: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    return look(database);
  } finally {
    database.close();
  }
}

const storageError = (problem: StorageProblem, message: RegExp) =>
  expect.objectContaining({ name: 'StorageError', problem, message: expect.stringMatching(message) });

describe('the database', () => {
  test('has a write-ahead log, and each commit is on the disk before it is acknowledged', async () => {
    const storage = await openStorage();
    expect(await storage.pragma('journal_mode')).toBe('wal');
    expect(await storage.pragma('synchronous')).toBe(2);
  });

  test('has the columns that are documented', async () => {
    const storage = await openStorage();
    await storage.sessions.save([ended(sessionRecord('a', { user: 'ann' }))]);
    expect(inspect(storage.path, (database) => database.prepare('SELECT * FROM sessions').all())).toEqual([
      {
        id: 'a',
        hub: '/hubs/chat',
        connection_id: 'connection-a',
        user: 'ann',
        transport: 'WebSockets',
        remote_address: '127.0.0.1',
        connected_at: 1_000,
        disconnected_at: 1_500,
        duration_ms: 500,
        messages_in: 3,
        messages_out: 4,
        close_reason: 'client-closed',
        node_id: 'node-1',
        protocol: 'json',
      },
    ]);
    expect(inspect(storage.path, (database) => database.pragma('user_version', { simple: true }))).toBe(SCHEMA_VERSION);
  });

  test('has exactly the columns of docs/storage.md, and takes its statements', async () => {
    const storage = await openStorage();
    const columns = inspect(storage.path, (database) => database.pragma('table_info(sessions)') as { name: string }[]);
    const text = readFileSync(new URL('../../docs/storage.md', import.meta.url), 'utf8');
    const [, section = ''] = /^## The table of sessions$([\s\S]*?)^## /m.exec(text) ?? [];
    const documented = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(documented.sort()).toEqual(columns.map(({ name }) => name).sort());
    const statements = [...section.matchAll(/^sqlite3 data\/signalbox\.db "([A-Z][^"]*)"/gm)];
    expect(statements.length).toBeGreaterThan(2);
    for (const [, statement = ''] of statements) inspect(storage.path, (database) => database.exec(statement));
  });

  test('has the migrations of docs/storage.md, one for each version', () => {
    const text = readFileSync(new URL('../../docs/storage.md', import.meta.url), 'utf8');
    const [, section = ''] = /^## The schema$([\s\S]*?)^## /m.exec(text) ?? [];
    const documented = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, version]) => Number(version));
    expect(documented).toEqual(documented.map((_version, at) => at + 1));
    expect(documented).toEqual(expect.arrayContaining(MIGRATIONS));
  });

  test('is made with its folder', async () => {
    const storage = await openStorage(join(temporaryFolder(), 'some', 'where', 'signalbox.db'));
    await storage.sessions.save([sessionRecord('a')]);
    expect(await storage.sessions.list()).toHaveLength(1);
  });

  test('can be opened by two servers at the same moment', async () => {
    const path = join(temporaryFolder(), 'signalbox.db');
    const [one, other] = [storageAt(path), storageAt(path)];
    await Promise.all([one.open(ALONE), other.open(ALONE)]);
    await Promise.all([one.sessions.save([sessionRecord('a')]), other.sessions.save([sessionRecord('b')])]);
    expect(await one.sessions.list()).toHaveLength(2);
  });

  test('keeps all records of a save, or none', async () => {
    const storage = await openStorage();
    const broken = { ...sessionRecord('b'), hub: null as unknown as string };
    await expect(storage.sessions.save([sessionRecord('a'), broken])).rejects.toEqual(
      storageError('failed', /NOT NULL/),
    );
    expect(await storage.sessions.list()).toEqual([]);
    await storage.sessions.save([sessionRecord('a')]);
    expect(await storage.sessions.list()).toHaveLength(1);
  });
});

describe('a start is refused', () => {
  test('when a newer version has been here, and nothing is touched', async () => {
    const path = join(temporaryFolder(), 'signalbox.db');
    const first = await openStorage(path);
    await first.sessions.save([sessionRecord('a')]);
    await first.close();
    inspect(path, (database) => database.pragma('user_version = 99'));
    const bytes = readFileSync(path);

    await expect(storageAt(path).open(ALONE)).rejects.toEqual(
      storageError(
        'newer-schema',
        new RegExp(`signalbox\\.db has schema 99, and this version of signalbox knows ${SCHEMA_VERSION} at most`),
      ),
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("when it is another program's database, and nothing is touched", async () => {
    const path = join(temporaryFolder(), 'accounts.db');
    inspect(path, (database) => database.exec('CREATE TABLE sessions (money INTEGER)'));
    const bytes = readFileSync(path);
    await expect(storageAt(path).open(ALONE)).rejects.toEqual(storageError('unreadable', /another program's database/));
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('when it is no database, and nothing is touched', async () => {
    const path = join(temporaryFolder(), 'letter.txt');
    writeFileSync(path, 'Dear Sir or Madam, '.repeat(100));
    await expect(storageAt(path).open(ALONE)).rejects.toEqual(storageError('unreadable', /is no SQLite database/));
    expect(readFileSync(path, 'utf8')).toMatch(/^Dear Sir/);
  });

  test.each([
    ['the folder is a file', (folder: string) => join(folder, 'file', 'signalbox.db'), /that its folder exists/],
    [
      'the folder cannot be made',
      (folder: string) => join(folder, 'file', 'x', 'signalbox.db'),
      /that its folder exists/,
    ],
    ['the file is a folder', (folder: string) => folder, /is no regular file/],
  ])('when %s', async (_what, pathIn, fault) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(storageAt(pathIn(folder)).open(ALONE)).rejects.toEqual(storageError('unwritable', fault));
  });

  test('and the same storage can be opened once the cause is gone', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'data', 'signalbox.db');
    writeFileSync(join(folder, 'data'), '');
    const storage = storageAt(path);
    await expect(storage.open(ALONE)).rejects.toEqual(storageError('unwritable', /ENOTDIR|EEXIST/));
    await expect(storage.sessions.save([])).rejects.toEqual(storageError('closed', /is not open/));
    rmSync(join(folder, 'data'));
    expect(await storage.open(ALONE)).toEqual({ lost: 0 });
  });
});

describe('in use, the database', () => {
  test('may be locked by another process, while the event loop goes on', async () => {
    const storage = await openStorage();
    const holder = new Child(new URL('../support/lock-holder.ts', import.meta.url), storage.path);
    await holder.stdout.first((line) => line === 'locked');

    let turns = 0;
    const turn = () => {
      turns += 1;
      turning = setImmediate(turn);
    };
    let turning = setImmediate(turn);
    await expect(storage.sessions.save([sessionRecord('a')])).rejects.toEqual(
      storageError('locked', /another process/),
    );
    clearImmediate(turning);
    expect(turns).toBeGreaterThan(0);

    await holder.stop();
    await storage.sessions.save([sessionRecord('a')]);
    expect(await storage.sessions.list()).toHaveLength(1);
  });

  test('may be full: nothing of the save is kept, until there is room', async () => {
    const storage = await openStorage();
    const pages = await storage.pragma('page_count');
    await storage.pragma(`max_page_count = ${pages}`);
    const many = Array.from({ length: 500 }, (_, n) => sessionRecord(`${n}`));
    await expect(storage.sessions.save(many)).rejects.toEqual(storageError('full', /no space is left/));
    expect(await storage.sessions.list()).toEqual([]);
    await storage.pragma('max_page_count = 4294967294');
    await storage.sessions.save(many);
    expect(await storage.sessions.list({ limit: 1_000 })).toHaveLength(500);
  });

  test('may be taken away: it is noticed, and a new one is begun', async () => {
    const storage = await openStorage();
    await storage.sessions.save([sessionRecord('a')]);
    for (const suffix of ['', '-wal', '-shm']) rmSync(storage.path + suffix);
    await expect(storage.sessions.save([sessionRecord('b')])).rejects.toEqual(
      storageError('gone', /taken away or replaced/),
    );
    await storage.sessions.save([sessionRecord('b')]);
    expect(await storage.sessions.list()).toEqual([sessionRecord('b')]);
  });

  test('may be out of reach for a while', async () => {
    const folder = temporaryFolder();
    const [data, elsewhere] = [join(folder, 'data'), join(folder, 'elsewhere')];
    const storage = await openStorage(join(data, 'signalbox.db'));
    await storage.sessions.save([sessionRecord('a')]);
    renameSync(data, elsewhere);
    // A file in the folder's place stops root as well; permissions would not.
    writeFileSync(data, '');
    for (const _try of [1, 2])
      await expect(storage.sessions.save([sessionRecord('b')])).rejects.toEqual(
        storageError('unwritable', /cannot be written/),
      );
    rmSync(data);
    renameSync(elsewhere, data);
    await storage.sessions.save([sessionRecord('b')]);
    expect(await storage.sessions.list()).toEqual([sessionRecord('b'), sessionRecord('a')]);
  });

  test('may be replaced by one of a newer version, which stays as it is', async () => {
    const storage = await openStorage();
    for (const suffix of ['', '-wal', '-shm']) rmSync(storage.path + suffix, { force: true });
    inspect(storage.path, (database) => database.pragma('user_version = 99'));
    await expect(storage.sessions.save([sessionRecord('a')])).rejects.toEqual(storageError('gone', /replaced/));
    await expect(storage.sessions.save([sessionRecord('a')])).rejects.toEqual(
      storageError('newer-schema', /schema 99/),
    );
  });
});

describe('the thread', () => {
  test('is replaced when it has died, and the sessions that are open stay so', async () => {
    const storage = await openStorage();
    await storage.sessions.save([sessionRecord('a')]);
    const unlucky = storage.sessions.save([sessionRecord('b')]);
    const outcome = unlucky.then(
      () => 'saved',
      (error: unknown) => error,
    );
    await storage.crash();
    // Whether the save happened before the end depends on the machine.
    expect(['saved', storageError('failed', /The thread that writes .* has ended/)]).toContainEqual(await outcome);
    await storage.sessions.save([sessionRecord('b'), sessionRecord('c')]);
    expect((await storage.sessions.list({ open: true })).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  });

  test('rejects what cannot be brought to it', async () => {
    const storage = await openStorage();
    for (const user of [() => 'ann', undefined, Number.NaN, 7n, new Date()]) {
      const strange = { ...sessionRecord('a'), user: user as unknown as string };
      await expect(storage.sessions.save([strange])).rejects.toEqual(
        storageError('invalid', /holds texts, finite numbers and null/),
      );
    }
    expect(await storage.sessions.list()).toEqual([]);
  });
});
