import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROUNDS = 2;
const SAVES = 8;

/** Promise 7: acknowledged writes survive SIGKILL. Several servers one after the other, on one database. */
test('a server that is killed while it records: nothing acknowledged is missing, nothing is there twice', async () => {
  const folder = temporaryFolder();
  const [path, acknowledgements] = [join(folder, 'signalbox.db'), join(folder, 'acknowledged')];
  const acknowledged = new Map<string, string>();

  for (let round = 0; round < ROUNDS; round += 1) {
    const server = new Child(
      new URL('../support/crashing-server.ts', import.meta.url),
      path,
      acknowledgements,
      `${round}`,
    );
    await server.stdout.until(SAVES);
    await server.kill();
    // The last one counts: a session is acknowledged open, then ended.
    for (const line of readFileSync(acknowledgements, 'utf8').trimEnd().split('\n')) {
      const [connectionId = '', state = ''] = line.split(' ');
      acknowledged.set(connectionId, state);
    }
    const before = openSessions(path);
    expect(before.size).toBeGreaterThan(0);

    const storage = new SqliteStorage(path);
    expect(await storage.open(ALONE)).toEqual({ lost: before.size });
    const records = await storage.sessions.list({ limit: 1_000_000 });
    await storage.close();

    const states = new Map(records.map((record) => [record.connectionId, record.closeReason]));
    expect(states.size).toBe(records.length);
    for (const [connectionId, state] of acknowledged) {
      // An end may have been committed after the server was killed, without its acknowledgement.
      const expected = state === 'open' ? ['lost', 'client-closed'] : [state];
      if (!expected.includes(String(states.get(connectionId)))) {
        expect.fail(`${connectionId} was acknowledged as ${state}, and is ${states.get(connectionId)}`);
      }
    }
    expect(records.filter(({ disconnectedAt }) => disconnectedAt === null)).toEqual([]);
    expect(
      records.filter(({ connectionId }) => before.has(connectionId)).map(({ closeReason }) => closeReason),
    ).toEqual(Array(before.size).fill('lost'));
  }
});

/** The records as another program reads them. */
function openSessions(path: string): ReadonlySet<string> {
  const database = new Database(path);
  const found = database.prepare('SELECT connection_id FROM sessions WHERE disconnected_at IS NULL').pluck().all();
  database.close();
  return new Set(found as string[]);
}
