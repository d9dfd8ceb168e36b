import { copyFileSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/inbox.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MEBIBYTE = 1_024 * 1_024;
/** Rows of one page of a list. */
const PAGE_ROWS = 1_000;

async function openStorage(path = join(temporaryFolder(), 'signalbox.db')): Promise<SqliteStorage> {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  await storage.open(ALONE);
  return storage;
}

/** The database as another program has it open. It reads from its first statement on. */
function foreignReader(path: string): Database.Database {
  const database = new Database(path);
  onTestFinished(() => void database.close());
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM sessions').get();
  return database;
}

/** Ids in the database's own file, without its log: what is there when the machine fails now. */
function idsInFile(path: string): unknown[] {
  const copy = join(temporaryFolder(), 'copy.db');
  copyFileSync(path, copy);
  const database = new Database(copy);
  try {
    return database.prepare('SELECT id FROM sessions ORDER BY id').pluck().all();
  } finally {
    database.close();
  }
}

const idsOf = (records: readonly SessionRecord[]) => records.map(({ id }) => id).sort();
const gone = (message: RegExp) => expect.objectContaining({ problem: 'gone', message: expect.stringMatching(message) });

type Deed = (path: string) => void;
const remove =
  (...suffixes: readonly string[]): Deed =>
  (path) => {
    for (const suffix of suffixes) rmSync(path + suffix);
  };
const replace =
  (suffix: string): Deed =>
  (path) => {
    rmSync(path + suffix);
    writeFileSync(path + suffix, 'something else');
  };

const DEEDS: readonly (readonly [string, Deed])[] = [
  ['-wal is deleted', remove('-wal')],
  ['-wal is replaced', replace('-wal')],
  ['-shm is deleted', remove('-shm')],
  ['-wal and -shm are deleted', remove('-wal', '-shm')],
];

describe('a file beside the database', () => {
  test.each(DEEDS)('%s: it is said, and what was acknowledged is in the database', async (_what, deed) => {
    const storage = await openStorage();
    await storage.sessions.save([sessionRecord('a'), sessionRecord('b')]);
    deed(storage.path);
    await expect(storage.sessions.save([sessionRecord('c')])).rejects.toEqual(
      gone(/signalbox\.db-(wal|shm) was taken away or replaced while in use\. Nothing is lost: .*signalbox\.db has it/),
    );
    expect(idsInFile(storage.path)).toEqual(['a', 'b']);
    await storage.sessions.save([sessionRecord('c')]);
    expect(idsOf(await storage.sessions.list())).toEqual(['a', 'b', 'c']);
    expect(existsSync(`${storage.path}-wal`)).toBe(true);
  });

  test('is missed within a second, also while nothing is asked', async () => {
    const storage = await openStorage();
    await storage.sessions.save([sessionRecord('a')]);
    rmSync(`${storage.path}-wal`);
    await eventually(() => !existsSync(`${storage.path}-shm`));
    expect(idsInFile(storage.path)).toEqual(['a']);
    await expect(storage.sessions.save([])).rejects.toEqual(gone(/-wal was taken away/));
    await storage.sessions.save([]);
  });

  test('is missed when the server stops before that', async () => {
    const storage = await openStorage();
    const reader = foreignReader(storage.path);
    reader.exec('COMMIT');
    await storage.sessions.save([sessionRecord('a')]);
    rmSync(`${storage.path}-wal`);
    await storage.close();
    // The other program still has it open: SQLite alone would have left the record in the log without a name.
    expect(idsInFile(storage.path)).toEqual(['a']);
  });

  test('is looked for beside the true file, when the path is a link', async () => {
    const real = join(temporaryFolder(), 'real.db');
    const link = join(temporaryFolder(), 'link.db');
    await (await openStorage(real)).close();
    symlinkSync(real, link);
    const storage = await openStorage(link);
    await storage.sessions.save([sessionRecord('a')]);
    rmSync(`${real}-wal`);
    await expect(storage.sessions.save([])).rejects.toEqual(gone(/real\.db-wal was taken away/));
    expect(idsInFile(real)).toEqual(['a']);
  });

  test('is missing while another program reads: nothing is acknowledged that could be lost', async () => {
    const storage = await openStorage();
    await storage.sessions.save([sessionRecord('a')]);
    const reader = foreignReader(storage.path);
    await storage.sessions.save([sessionRecord('b')]);
    rmSync(`${storage.path}-wal`);
    for (const _try of [1, 2])
      await expect(storage.sessions.save([sessionRecord('c')])).rejects.toEqual(
        gone(/-wal was taken away .* nothing can be saved until its transaction ends/),
      );
    reader.exec('COMMIT');
    await expect(storage.sessions.save([sessionRecord('c')])).rejects.toEqual(gone(/Nothing is lost/));
    expect(idsInFile(storage.path)).toEqual(['a', 'b']);
    await storage.sessions.save([sessionRecord('c')]);
    expect(idsOf(await storage.sessions.list())).toEqual(['a', 'b', 'c']);
  });

  test('is missed by two servers on one database, and neither loses a record', async () => {
    const one = await openStorage();
    const other = await openStorage(one.path);
    await one.sessions.save([sessionRecord('a')]);
    await other.sessions.save([sessionRecord('b')]);
    rmSync(`${one.path}-wal`);
    for (const [storage, id] of [
      [one, 'c'],
      [other, 'd'],
    ] as const) {
      await expect(storage.sessions.save([sessionRecord(id)])).rejects.toEqual(gone(/-wal was taken away/));
      await storage.sessions.save([sessionRecord(id)]);
    }
    for (const storage of [one, other]) expect(idsOf(await storage.sessions.list())).toEqual(['a', 'b', 'c', 'd']);
    await one.close();
    await other.close();
    expect(idsInFile(one.path)).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('a server whose -shm and -wal are taken away, and that is killed then, has lost nothing acknowledged', async () => {
  const folder = temporaryFolder();
  const [path, acknowledgements] = [join(folder, 'signalbox.db'), join(folder, 'acknowledged')];
  const server = new Child(
    new URL('../support/crashing-server.ts', import.meta.url),
    `sqlite:${path}`,
    acknowledgements,
    'x',
  );
  for (const suffix of ['-shm', '-wal']) {
    await server.stdout.until(server.stdout.length + 3);
    rmSync(path + suffix);
  }
  await server.stdout.until(server.stdout.length + 3);
  await server.kill();
  const acknowledged = readFileSync(acknowledgements, 'utf8').trimEnd().split('\n');

  const database = new Database(path);
  const rows = database.prepare('SELECT connection_id, close_reason FROM sessions').raw().all();
  const states = new Map(rows as [string, string | null][]);
  database.close();
  expect(acknowledged.length).toBeGreaterThan(1_000);
  for (const [id, state] of new Map(acknowledged.map((line) => line.split(' ') as [string, string]))) {
    // An end may have been committed without its acknowledgement.
    if (![state === 'open' ? null : state, 'client-closed'].includes(states.get(id) ?? null) || !states.has(id))
      expect.fail(`${id} was acknowledged as ${state}, and is ${states.get(id)}`);
  }
});

describe('the log', () => {
  test('grows while another program keeps a transaction: that is told, and its file shrinks afterwards', async () => {
    const storage = await openStorage();
    const reader = foreignReader(storage.path);
    const writer = new Database(storage.path);
    onTestFinished(() => void writer.close());
    writer.pragma('synchronous = OFF');
    writer.exec('CREATE TABLE filler (bytes BLOB)');
    const walBytes = () => statSync(`${storage.path}-wal`).size;
    const grow = (mebibytes: number) => writer.exec(`INSERT INTO filler VALUES (zeroblob(${mebibytes * MEBIBYTE}))`);

    grow(60);
    await storage.sessions.save([sessionRecord('a')]);
    expect(storage.trouble).toBeUndefined();
    grow(6);
    do await storage.sessions.save([]);
    while (storage.trouble === undefined);
    expect(storage.trouble).toEqual({
      severity: 'degraded',
      text: 'Its log grows: another program keeps a transaction open.',
      detail: expect.stringMatching(/signalbox\.db-wal is larger than 64 MiB, and cannot be emptied: another program/),
    });

    reader.exec('COMMIT');
    do await storage.sessions.save([]);
    while (storage.trouble !== undefined);
    expect(walBytes()).toBeLessThanOrEqual(4 * MEBIBYTE);
    expect(idsOf(await storage.sessions.list())).toEqual(['a']);
  });

  test('is not kept by a list of our own, however long: records are saved between its pages', async () => {
    const storage = await openStorage();
    const many = Array.from({ length: 3 * PAGE_ROWS }, (_, n) => sessionRecord(`${n}`, { connectedAt: n }));
    await storage.sessions.save(many);
    const done: string[] = [];
    const listing = storage.sessions.list({ limit: many.length }).finally(() => done.push('list'));
    const saving = storage.sessions
      .save([ended(sessionRecord('0', { connectedAt: 0 }))])
      .finally(() => done.push('save'));
    await saving;
    const listed = await listing;
    expect(done).toEqual(['save', 'list']);
    expect(listed.map(({ id }) => id)).toEqual(many.map(({ id }) => id).reverse());
    // The last page was read after the save.
    expect(listed.at(-1)).toMatchObject({ id: '0', closeReason: 'client-closed' });
  });

  test('has no row twice and none too few in a list of several pages, whatever is asked for', async () => {
    const storage = await openStorage();
    // Many at one moment, so that pages end within it.
    const many = Array.from({ length: 2 * PAGE_ROWS + 1 }, (_, n) => {
      const record = sessionRecord(`${n}`.padStart(5, '0'), { connectedAt: n % 3, hub: n % 700 === 0 ? '/rare' : '/' });
      return n % 2 === 0 ? ended(record) : record;
    });
    await storage.sessions.save(many);
    for (const query of [{}, { open: true }, { open: false }, { hub: '/rare' }, { hub: '/', open: false }]) {
      const wanted = many.filter(
        ({ hub, disconnectedAt }) =>
          (query.hub === undefined || hub === query.hub) &&
          (query.open === undefined || query.open === (disconnectedAt === null)),
      );
      expect(wanted.length).toBeGreaterThan(0);
      const found = await storage.sessions.list({ ...query, limit: 10_000 });
      expect(idsOf(found)).toEqual(idsOf(wanted));
      const [few] = await storage.sessions.list({ ...query, limit: 1 });
      expect(few).toEqual(found[0]);
    }
    await storage.close();
    expect(await storage.open(ALONE)).toEqual({
      lost: many.filter(({ disconnectedAt }) => disconnectedAt === null).length,
    });
  });
});
