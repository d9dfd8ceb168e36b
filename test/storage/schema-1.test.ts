import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { SESSIONS } from '../../src/storage/migrations/sqlite/001-sessions.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** 'sgbx', the mark of our databases. */
const APPLICATION_ID = 0x73676278;
/** The statement with which version 1 saves. */
const SAVE_1 = `
  INSERT INTO sessions (id, hub, connection_id, user, transport, remote_address, connected_at, disconnected_at,
    duration_ms, messages_in, messages_out, close_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET disconnected_at = excluded.disconnected_at, close_reason = excluded.close_reason`;
const FIRST = ['a', '/hubs/chat', 'connection-a', 'Zoë', 'LongPolling', '::1', 1_000, 1_500, 500, 3, 4, 'aborted'];
const SECOND = ['b', '/hubs/chat', 'connection-b', null, 'WebSockets', '::1', 2_000, null, null, null, null, null];
const UNKNOWN = { nodeId: null, protocol: null } as const;

/** A database of schema 1 with two sessions, as a server of that version left it. It is still open. */
function schema1() {
  const path = join(temporaryFolder(), 'signalbox.db');
  const database = new Database(path);
  onTestFinished(() => void database.close());
  database.pragma('journal_mode = WAL');
  database.exec(SESSIONS);
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma('user_version = 1');
  const save = database.prepare(SAVE_1);
  save.run(FIRST);
  save.run(SECOND);
  return { path, database, save };
}

async function open(path: string) {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  return { storage, opened: await storage.open({ ...ALONE, isAlive: () => true }) };
}

const first = ended(sessionRecord('a', { user: 'Zoë', transport: 'LongPolling', remoteAddress: '::1', ...UNKNOWN }), {
  closeReason: 'aborted',
});
const second = sessionRecord('b', { connectedAt: 2_000, remoteAddress: '::1', ...UNKNOWN });

test('a database of schema 1 keeps its rows, without node and protocol, and ends what was open as lost', async () => {
  const { path, database } = schema1();
  database.close();
  const { storage, opened } = await open(path);
  expect(opened).toMatchObject({ lost: 1 });
  expect(await storage.sessions.list()).toEqual([
    { ...second, closeReason: 'lost', disconnectedAt: expect.any(Number) },
    first,
  ]);
  const record = sessionRecord('c', { connectedAt: 3_000, nodeId: 'node-1', protocol: 'messagepack' });
  await storage.sessions.save([record]);
  expect((await storage.sessions.list())[0]).toEqual(record);
});

test('it is brought to the present schema once: a second start finds all rows as they are', async () => {
  const { path, database } = schema1();
  database.close();
  const { storage } = await open(path);
  const before = await storage.sessions.list();
  await storage.close();
  const again = await open(path);
  expect(again.opened).toMatchObject({ lost: 0 });
  expect(await again.storage.sessions.list()).toEqual(before);
});

test('two servers may bring it to the present schema at the same moment', async () => {
  const { path, database } = schema1();
  database.close();
  const [one, other] = await Promise.all([open(path), open(path)]);
  expect(one.opened.lost + other.opened.lost).toBe(1);
  expect(await one.storage.sessions.list()).toEqual(await other.storage.sessions.list());
});

test('a server of schema 1 that still runs goes on saving: the true end of its session replaces lost', async () => {
  const { path, save } = schema1();
  const { storage } = await open(path);
  save.run(['b', ...SECOND.slice(1, 7), 2_700, null, null, null, 'server-draining']);
  save.run(['c', ...SECOND.slice(1)]);
  expect(await storage.sessions.list({ limit: 2 })).toMatchObject([
    { id: 'c', disconnectedAt: null, ...UNKNOWN },
    { id: 'b', disconnectedAt: 2_700, closeReason: 'server-draining', ...UNKNOWN },
  ]);
});
