import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { keyRow } from '../../src/testing/key-rows.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { UNUSUAL_TEXTS } from '../../src/testing/unusual-texts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Every text comes back from a database exactly as it was given, whatever characters it has.

async function open(): Promise<SqliteStorage> {
  const storage = new SqliteStorage(join(temporaryFolder(), 'signalbox.db'));
  onTestFinished(() => storage.close());
  await storage.open(ALONE);
  return storage;
}

test('the texts of a session come back', async () => {
  const storage = await open();
  for (const [at, text] of UNUSUAL_TEXTS.entries()) {
    const record = ended(sessionRecord(`${at}${text}`, { user: text, hub: text, nodeId: text, connectedAt: at }));
    await storage.sessions.save([record]);
    expect(await storage.sessions.list({ limit: 1, hub: text })).toEqual([record]);
  }
});

test('the id of a node whose sessions are lost comes back', async () => {
  const storage = await open();
  await storage.sessions.save([sessionRecord('a', { nodeId: '\0 \ud800' })]);
  await storage.close();
  const asked: string[] = [];
  const isAlive = (nodeId: string) => asked.push(nodeId) === 0;
  expect(await storage.open({ nodeId: 'me', isAlive })).toEqual({ lost: 1 });
  expect(asked).toEqual(['\0 \ud800']);
});

test('the texts of a key come back', async () => {
  const storage = await open();
  for (const [at, text] of UNUSUAL_TEXTS.entries()) {
    const row = keyRow(`${at}${text}`, { name: text, userId: text, roles: [text, 'a'] });
    await storage.keys.put(row);
    expect(await storage.keys.find(row.id)).toEqual(row);
    await storage.keys.touched([row.id], 5_000);
    expect((await storage.keys.find(row.id))?.lastUsedAt).toBe(5_000);
  }
});
