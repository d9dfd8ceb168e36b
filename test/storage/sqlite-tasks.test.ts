import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SESSIONS } from '../../src/storage/migrations/sqlite/001-sessions.ts';
import { NODE_AND_PROTOCOL } from '../../src/storage/migrations/sqlite/002-node-and-protocol.ts';
import { KEYS } from '../../src/storage/migrations/sqlite/003-keys.ts';
import { openDatabase } from '../../src/storage/sqlite-thread/database.ts';
import { MembershipTables } from '../../src/storage/sqlite-thread/membership-tables.ts';
import { TaskTables } from '../../src/storage/sqlite-thread/task-tables.ts';
import { entry, newTask, task } from '../../src/testing/task-rows.ts';
import { openDirectly, openSqlite } from '../support/open-sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchedDatabase } from '../support/watched-statements.ts';
import { useMemberships, useTasks } from './every-statement.ts';

test('a database of schema 3 gets the tables of tasks and memberships, and keeps its keys', async () => {
  const path = join(temporaryFolder(), 'signalbox.db');
  const database = openDirectly(path);
  database.exec(SESSIONS + NODE_AND_PROTOCOL + KEYS);
  database.pragma('application_id = 0x73676278');
  database.pragma('user_version = 3');
  database.exec("INSERT INTO revoked_users VALUES ('eve', 5)");
  const storage = await openSqlite(path);
  expect((await storage.keys.changesSince(0)).users).toEqual([{ id: 'eve', at: 5 }]);
  await storage.tasks.create(newTask('a'), 'c');
  expect(await storage.tasks.find('a')).toEqual(task('a'));
  const membership = { hub: '/hubs/chat', userId: 'ada', group: 'red', until: null };
  await storage.memberships.add(membership, 1);
  expect(await storage.memberships.find(membership, 0)).toEqual(membership);
});

test('amounts are texts in the database, since its numbers would round them', async () => {
  const storage = await openSqlite();
  await storage.tasks.spend([entry('a', '0.100'), entry('b', '9007199254740993.000000000000000001')], 's');
  const database = openDirectly(storage.path);
  expect(database.prepare('SELECT id, typeof(amount), amount FROM spend_entries ORDER BY id').raw().all()).toEqual([
    ['a', 'text', '0.1'],
    ['b', 'text', '9007199254740993.000000000000000001'],
  ]);
  expect(database.prepare('SELECT * FROM spend_totals').raw().all()).toEqual([
    ['ada', '9007199254740993.100000000000000001'],
  ]);
});

test('the database stays open when a call was wrong, and is opened again when SQLite refuses something', async () => {
  const storage = await openSqlite();
  await storage.pragma('synchronous = NORMAL');
  const level = () => storage.pragma('synchronous');
  await expect(storage.tasks.spend([entry('a', 'none')], 's')).rejects.toMatchObject({ problem: 'invalid' });
  expect(await level()).toBe(1);
  await expect(storage.tasks.create(newTask('a', { ownerId: null as never }), 'c')).rejects.toMatchObject({
    problem: 'failed',
  });
  expect(await level()).toBe(2);
});

test('who changes something has the lock from the first statement on', async () => {
  const path = join(temporaryFolder(), 'signalbox.db');
  const database = openDatabase(path);
  onTestFinished(() => void database.close());
  const late = openDirectly(path);
  late.pragma('busy_timeout = 0');
  const free: string[] = [];
  const watched = watchedDatabase(database, (sql) => {
    if (!database.inTransaction) return;
    try {
      late.exec('BEGIN IMMEDIATE; ROLLBACK;');
      free.push(sql);
    } catch (error) {
      expect(error).toMatchObject({ code: 'SQLITE_BUSY' });
    }
  });
  await useTasks(new TaskTables(watched));
  await useMemberships(new MembershipTables(watched));
  expect(free).toEqual([]);
});
