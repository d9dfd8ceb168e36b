import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SESSIONS } from '../../src/storage/migrations/sqlite/001-sessions.ts';
import { NODE_AND_PROTOCOL } from '../../src/storage/migrations/sqlite/002-node-and-protocol.ts';
import { SqliteKeys } from '../../src/storage/sqlite/sqlite-keys.ts';
import type { CallThread } from '../../src/storage/sqlite/topics.ts';
import { keyRow, secretOf } from '../../src/testing/key-rows.ts';
import { ended, sessionRecord } from '../../src/testing/session-records.ts';
import { openDirectly, openSqlite } from '../support/open-sqlite.ts';
import { SCHEMA_VERSION } from '../support/schema-version.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a database of schema 2 gets the tables of keys, and keeps its sessions', async () => {
  const path = join(temporaryFolder(), 'signalbox.db');
  const database = openDirectly(path);
  database.exec(SESSIONS + NODE_AND_PROTOCOL);
  database.pragma('application_id = 0x73676278');
  database.pragma('user_version = 2');
  const record = ended(sessionRecord('a'));
  database
    .prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      'a',
      '/hubs/chat',
      'connection-a',
      ...[null, 'WebSockets', '127.0.0.1', 1_000, 1_500, 500, 3, 4, 'client-closed', 'node-1', 'json'],
    );
  const storage = await openSqlite(path);
  expect(await storage.sessions.list()).toEqual([record]);
  await storage.keys.put(keyRow('a'));
  expect(await storage.keys.find('a')).toEqual(keyRow('a'));
  expect(database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
});

test('the database has digests as 32 bytes, and no other form of a key', async () => {
  const storage = await openSqlite();
  await storage.keys.put(keyRow('aB3dE5gH', { secrets: [secretOf(1, 1, 9_000), secretOf(2)] }));
  const secrets = openDirectly(storage.path).prepare(
    'SELECT key_id, number, typeof(sha256), length(sha256), until FROM key_secrets',
  );
  expect(secrets.raw().all()).toEqual([
    ['aB3dE5gH', 1, 'blob', 32, 9_000],
    ['aB3dE5gH', 2, 'blob', 32, null],
  ]);
});

test('what was revoked and is over is forgotten with the next that is revoked', async () => {
  const storage = await openSqlite();
  const count = openDirectly(storage.path).prepare('SELECT count(*) FROM revoked_credentials').pluck();
  await storage.keys.revokeCredential('a', 1, Date.now() - 1);
  expect(count.get()).toBe(1);
  await storage.keys.revokeCredential('b', 1, null);
  expect(count.get()).toBe(1);
  expect((await storage.keys.changesSince(0)).credentials).toEqual([{ id: 'b', until: null }]);
});

test('lists are read in pages, and are whole', async () => {
  const storage = await openSqlite();
  const database = openDirectly(storage.path);
  const key = database.prepare("INSERT INTO keys VALUES (?, 'virtual', '', '', '[]', ?, NULL, NULL, NULL, '', ?)");
  const secret = database.prepare('INSERT INTO key_secrets VALUES (?, 1, zeroblob(32), NULL)');
  const credential = database.prepare('INSERT INTO revoked_credentials VALUES (?, ?, NULL)');
  const user = database.prepare('INSERT INTO revoked_users VALUES (?, ?)');
  const ids = Array.from({ length: 2_001 }, (_, n) => `${n}`.padStart(4, '0'));
  database.transaction(() => {
    for (const [n, id] of ids.entries()) {
      // Moments that many share: a page may end in the midst of them.
      const at = Math.floor(n / 700);
      key.run(id, at, at);
      secret.run(id);
      credential.run(id, at);
      user.run(id, at);
    }
  })();
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  const { keys } = storage;
  expect(idsOf(await keys.list())).toEqual(ids.toReversed());
  for (const [at, keysAt] of [[1], [0, 2], [1, 3]] as const) {
    const changes = await keys.changesSince(at, keysAt);
    expect(idsOf(changes.keys)).toEqual(ids.slice(700 * (keysAt ?? at)));
    expect(idsOf(changes.credentials)).toEqual(ids.slice(700 * at));
    expect(idsOf(changes.users)).toEqual(ids.slice(700 * at));
  }
});

test('a question for changes is one request to the thread', async () => {
  const calls: string[] = [];
  const call: CallThread = async (...[topic, method]) => {
    calls.push(`${topic}.${method}`);
    return { keys: [], credentials: [], users: [], end: undefined } as never;
  };
  await new SqliteKeys(call, systemClock).changesSince(0);
  expect(calls).toEqual(['keys.changes']);
});

test('two servers on one database see what the other has put', async () => {
  const one = await openSqlite();
  const two = await openSqlite(one.path);
  await one.keys.put(keyRow('a'));
  expect(await two.keys.find('a')).toEqual(keyRow('a'));
  await two.keys.put(keyRow('a', { revokedAt: 2_000 }));
  expect((await one.keys.changesSince(0)).keys[0]?.revokedAt).toBe(2_000);
});
