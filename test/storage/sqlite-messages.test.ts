import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SESSIONS } from '../../src/storage/migrations/sqlite/001-sessions.ts';
import { NODE_AND_PROTOCOL } from '../../src/storage/migrations/sqlite/002-node-and-protocol.ts';
import { KEYS } from '../../src/storage/migrations/sqlite/003-keys.ts';
import { newMessage, stored } from '../../src/testing/messages.ts';
import { sanctionOn } from '../../src/testing/moderation-rows.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { openDirectly, openSqlite } from '../support/open-sqlite.ts';
import { SCHEMA_VERSION } from '../support/schema-version.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a database of schema 3 gets the tables of messages and moderation, and keeps its rows', async () => {
  const path = join(temporaryFolder(), 'signalbox.db');
  const database = openDirectly(path);
  database.exec(SESSIONS + NODE_AND_PROTOCOL + KEYS);
  database.pragma('application_id = 0x73676278');
  database.pragma('user_version = 3');
  database.prepare("INSERT INTO revoked_users VALUES ('ann', 7)").run();
  const storage = await openSqlite(path);
  await storage.messages.save([newMessage('a')]);
  await storage.moderation.impose(sanctionOn('ann'));
  expect(await storage.messages.find('a')).toEqual(stored(newMessage('a'), 1));
  expect(await storage.moderation.sanctions(0)).toEqual([sanctionOn('ann')]);
  expect((await storage.keys.changesSince(0)).users).toEqual([{ id: 'ann', at: 7 }]);
  expect(database.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
});

describe('two servers on one database', () => {
  test('give no position twice, and lose no message', async () => {
    const first = await openSqlite();
    const servers = [first, await openSqlite(first.path)];
    const ids = Array.from({ length: 40 }, (_, n) => `${n}`);
    await Promise.all(ids.map((id, n) => servers[n % 2]?.messages.save([newMessage(id)])));
    const { messages = [] } = (await first.messages.list({ conversation: 'room:a' })) ?? {};
    expect(messages.map(({ position }) => position)).toEqual(ids.map((_, at) => at + 1));
    expect(messages.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  test('count each reaction once', async () => {
    const first = await openSqlite();
    const servers = [first, await openSqlite(first.path)];
    await first.messages.save([newMessage('a')]);
    const users = Array.from({ length: 40 }, (_, n) => `user ${n}`);
    await Promise.all(
      users.map((by, n) => servers[n % 2]?.messages.react({ messageId: 'a', emoji: '+1', by, on: true })),
    );
    expect((await first.messages.find('a'))?.reactions).toEqual([{ emoji: '+1', count: 40 }]);
  });

  test('give each change of a sanction a later moment, whatever their clocks say', async () => {
    const first = await openSqlite(undefined, new SimulatedClock(1_000_000));
    const servers = [first, await openSqlite(first.path, new SimulatedClock(2_000_000))];
    const users = Array.from({ length: 40 }, (_, n) => `user ${n}`);
    await Promise.all(users.map((user, n) => servers[n % 2]?.moderation.impose(sanctionOn(user))));
    const moments = (await first.moderation.changesSince(0)).map(({ changedAt }) => changedAt);
    expect(new Set(moments).size).toBe(40);
    await first.moderation.impose(sanctionOn('last'));
    expect((await first.moderation.changesSince(Math.max(...moments))).map(({ user }) => user)).toEqual(['last']);
  });
});

test('the database has the reactions to a message as JSON, and none of one that is gone', async () => {
  const storage = await openSqlite();
  await storage.messages.save([newMessage('a'), newMessage('b')]);
  for (const messageId of ['a', 'b'])
    for (const by of ['ann', 'bob']) await storage.messages.react({ messageId, emoji: '❤', by, on: true });
  await storage.messages.remove('a', 5_000);
  const database = openDirectly(storage.path);
  expect(database.prepare('SELECT reactions FROM messages ORDER BY id').pluck().all()).toEqual([
    '[]',
    '[{"emoji":"❤","count":2}]',
  ]);
  const rows = database.prepare('SELECT message_id, user_id FROM reactions').raw();
  expect(rows.all()).toEqual([
    ['b', 'ann'],
    ['b', 'bob'],
  ]);
  await storage.messages.prune({ count: 0 }, 10);
  expect(rows.all()).toEqual([]);
});
