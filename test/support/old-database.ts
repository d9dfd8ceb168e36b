import Database from 'better-sqlite3';
import { SESSIONS } from '../../src/storage/migrations/sqlite/001-sessions.ts';
import { NODE_AND_PROTOCOL } from '../../src/storage/migrations/sqlite/002-node-and-protocol.ts';
import { KEYS } from '../../src/storage/migrations/sqlite/003-keys.ts';
import { keyRow, secretOf } from '../../src/testing/key-rows.ts';
import { ended, sessionRecord } from '../../src/testing/session-records.ts';

const KEY = keyRow('k', { roles: ['reader'], secrets: [secretOf(1, 1, 5_000), secretOf(2)] });

/** What is in a database that `makeSchema3` has made. */
export const SCHEMA_3_CONTENT = {
  sessions: [ended(sessionRecord('a', { user: 'Zoë' }))],
  keys: [KEY],
  credentials: [{ id: 'jti-1', until: null }],
  users: [{ id: 'ada', at: 200 }],
};

/** Makes a database as a server of schema 3 left it, with a row in every table. */
export function makeSchema3(path: string): void {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  for (const migration of [SESSIONS, NODE_AND_PROTOCOL, KEYS]) database.exec(migration);
  // 'sgbx', the mark of our databases.
  database.pragma(`application_id = ${0x73676278}`);
  database.pragma('user_version = 3');
  database.exec(`
    INSERT INTO sessions VALUES ('a', '/hubs/chat', 'connection-a', 'Zoë', 'WebSockets', '127.0.0.1', 1000, 1500, 500,
      3, 4, 'client-closed', 'node-1', 'json');
    INSERT INTO revoked_credentials VALUES ('jti-1', 100, NULL);
    INSERT INTO revoked_users VALUES ('ada', 200);`);
  const { id, kind, name, userId, roles, createdAt, expiresAt, revokedAt, lastUsedAt, lastFour } = KEY;
  database
    .prepare('INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 300)')
    .run(id, kind, name, userId, JSON.stringify(roles), createdAt, expiresAt, revokedAt, lastUsedAt, lastFour);
  const secret = database.prepare('INSERT INTO key_secrets VALUES (?, ?, ?, ?)');
  for (const { number, sha256, until } of KEY.secrets) secret.run(id, number, sha256, until);
  database.close();
}
