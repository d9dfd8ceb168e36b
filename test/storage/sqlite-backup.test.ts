import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { makePrivateFile } from '../../src/storage/sqlite/private-files.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { backUpDatabase } from '../../src/storage/sqlite-thread/backup.ts';
import { keyRow } from '../../src/testing/key-rows.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEPT = { ...ALONE, nodeId: 'reader', isAlive: () => true };

async function openStorage(path = join(temporaryFolder(), 'signalbox.db')): Promise<SqliteStorage> {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  await storage.open(KEPT);
  return storage;
}

const ROWS = 30_000;

/** Makes the database so large that a copy takes many steps. */
function fill(path: string): void {
  const database = new Database(path);
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})
    INSERT INTO sessions (id, hub, connection_id, transport, remote_address, connected_at)
    SELECT printf('old-%d', n), '/hubs/chat', hex(randomblob(100)), 'WebSockets', '::1', n FROM numbers`);
  database.close();
}

test('a copy has everything, is for this user alone, and is a database by itself', async () => {
  const storage = await openStorage();
  const records = [ended(sessionRecord('a')), sessionRecord('b')];
  await storage.sessions.save(records);
  await storage.keys.put(keyRow('k'));
  const folder = temporaryFolder();
  const file = join(folder, 'backup.db');
  await new SqliteStorage(storage.path).backUp(file);

  expect(readdirSync(folder)).toEqual(['backup.db']);
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  // It needs no file beside it, also where none can be made.
  const bytes = readFileSync(file);
  const elsewhere = join(temporaryFolder(), 'copy.db');
  writeFileSync(elsewhere, bytes);
  const reader = new Database(elsewhere, { readonly: true });
  expect(reader.pragma('journal_mode', { simple: true })).toBe('delete');
  expect(reader.pragma('integrity_check', { simple: true })).toBe('ok');
  reader.close();
  const copy = await openStorage(elsewhere);
  expect(await copy.sessions.list()).toEqual(await storage.sessions.list());
  expect(await copy.keys.find('k')).toEqual(keyRow('k'));
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test('others write between any two of its steps, and it has the state of its beginning', async () => {
  const storage = await openStorage();
  fill(storage.path);
  const other = new Database(storage.path);
  onTestFinished(() => void other.close());
  const save = other.prepare(
    `INSERT INTO sessions (id, hub, connection_id, transport, remote_address, connected_at)
     VALUES (?, '/hubs/chat', 'c', 'WebSockets', '::1', 0)`,
  );
  let written = 0;
  const file = join(temporaryFolder(), 'backup.db');
  makePrivateFile(file);
  // Here, and not in the thread, so that there is one write for each step.
  const backedUp = backUpDatabase(storage.path, file);
  const write = () => {
    save.run(`written-${written}`);
    written += 1;
    next = setImmediate(write);
  };
  let next = setImmediate(write);
  await backedUp;
  clearImmediate(next);
  expect(written).toBeGreaterThan(10);
  const copy = new Database(file, { readonly: true });
  onTestFinished(() => void copy.close());
  expect(copy.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(ROWS);
  expect(await storage.sessions.list({ limit: 100_000 })).toHaveLength(ROWS + written);
});

test('the database stays as it is: of an older version, with its open sessions, and without files beside it', async () => {
  const storage = await openStorage();
  await storage.sessions.save([sessionRecord('open')]);
  await storage.close();
  const database = new Database(storage.path);
  database.pragma('user_version = 3');
  database.close();
  const bytes = readFileSync(storage.path);
  const file = join(temporaryFolder(), 'backup.db');
  await new SqliteStorage(storage.path).backUp(file);
  expect(readFileSync(storage.path).equals(bytes)).toBe(true);
  expect(readdirSync(join(storage.path, '..'))).toEqual(['signalbox.db']);
  const copy = new Database(file);
  onTestFinished(() => void copy.close());
  expect(copy.pragma('user_version', { simple: true })).toBe(3);
});

test('a file that is there is never replaced, also one that is made meanwhile', async () => {
  const storage = await openStorage();
  const folder = temporaryFolder();
  const file = join(folder, 'backup.db');
  writeFileSync(file, 'mine');
  const taken = expect.objectContaining({
    problem: 'unwritable',
    message: `${file} is there already, and is not replaced: name another file.`,
  });
  await expect(new SqliteStorage(storage.path).backUp(file)).rejects.toEqual(taken);
  const later = join(folder, 'later.db');
  const backedUp = new SqliteStorage(storage.path).backUp(later);
  writeFileSync(later, 'mine, too');
  await expect(backedUp).rejects.toMatchObject({ message: expect.stringContaining('is there already') });
  expect(readdirSync(folder).sort()).toEqual(['backup.db', 'later.db']);
  expect([file, later].map((path) => readFileSync(path, 'utf8'))).toEqual(['mine', 'mine, too']);
});

test('a copy that is given up leaves no file behind', async () => {
  const storage = await openStorage();
  fill(storage.path);
  const folder = temporaryFolder();
  const given = new AbortController();
  const backedUp = new SqliteStorage(storage.path).backUp(join(folder, 'backup.db'), given.signal);
  const over = expect(backedUp).rejects.toMatchObject({ name: 'StorageError' });
  // The file that is not finished is there.
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^backup\.db\..*\.part$/)]);
  given.abort();
  await over;
  expect(readdirSync(folder)).toEqual([]);
  const never = new SqliteStorage(storage.path).backUp(join(folder, 'backup.db'), AbortSignal.abort());
  await expect(never).rejects.toMatchObject({ name: 'StorageError' });
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['a folder that there is not', (folder: string) => join(folder, 'none', 'backup.db'), /cannot be written to/],
  ['a folder', (folder: string) => folder, /is there already/],
])('what cannot be made at %s is said', async (_what, fileIn, text) => {
  const storage = await openStorage();
  const folder = temporaryFolder();
  await expect(new SqliteStorage(storage.path).backUp(fileIn(folder))).rejects.toMatchObject({
    problem: 'unwritable',
    message: expect.stringMatching(text),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('no copy is made of a database of another program', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'accounts.db');
  new Database(path).exec('CREATE TABLE accounts (money)').close();
  await expect(new SqliteStorage(path).backUp(join(folder, 'backup.db'))).rejects.toMatchObject({
    problem: 'unreadable',
  });
  expect(readdirSync(folder)).toEqual(['accounts.db']);
});
