import { join } from 'node:path';
import Database from 'better-sqlite3';
import { test } from 'vitest';
import { crashRounds } from '../support/crash-rounds.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Promise 7: acknowledged writes survive SIGKILL. Several servers one after the other, on one database. */
test('a server that is killed while it records: nothing acknowledged is missing, nothing is there twice', async () => {
  const path = join(temporaryFolder(), 'signalbox.db');
  await crashRounds(`sqlite:${path}`, async () => openSessions(path));
});

/** The records as another program reads them. */
function openSessions(path: string): ReadonlySet<string> {
  const database = new Database(path);
  const found = database.prepare('SELECT connection_id FROM sessions WHERE disconnected_at IS NULL').pluck().all();
  database.close();
  return new Set(found as string[]);
}
