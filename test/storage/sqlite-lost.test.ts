import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteSessions } from '../../src/storage/sqlite/sqlite-sessions.ts';
import type { CallThread } from '../../src/storage/sqlite/topics.ts';
import { openDatabase } from '../../src/storage/sqlite-thread/database.ts';
import { SessionTable } from '../../src/storage/sqlite-thread/session-table.ts';
import { sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { planOf, watchedDatabase } from '../support/watched-statements.ts';

test('lost sessions are ended in parts, between which others write, and all at one moment', async () => {
  const database = openDatabase(join(temporaryFolder(), 'signalbox.db'));
  onTestFinished(() => void database.close());
  const table = new SessionTable(database);
  const clock = new SimulatedClock();
  const parts: unknown[] = [];
  const call = async (_topic: string, method: keyof SessionTable, ...args: never[]): Promise<unknown> => {
    const answer = (table[method] as (...given: never[]) => unknown)(...args);
    if (method === 'endLost') parts.push(answer);
    clock.increment(1);
    return answer;
  };
  const sessions = new SqliteSessions(call as CallThread, clock);
  await sessions.save(Array.from({ length: 2_500 }, (_, n) => sessionRecord(`${n}`, { nodeId: 'dead' })));
  const now = clock.wallNow();
  expect(await sessions.endLost(['dead'])).toBe(2_500);
  expect(parts).toEqual([1_000, 1_000, 500]);
  const moments = (await sessions.list({ limit: 5_000 })).map(({ disconnectedAt }) => disconnectedAt);
  expect(new Set(moments)).toEqual(new Set([now]));
});

test('lost sessions are found among the open ones alone', async () => {
  const database = openDatabase(join(temporaryFolder(), 'signalbox.db'));
  onTestFinished(() => void database.close());
  const steps = new Set<string>();
  const watched = watchedDatabase(database, (sql, values) => {
    for (const step of planOf(database, sql, values)) steps.add(step);
  });
  const table = new SessionTable(watched);
  steps.clear();
  table.openNodes(undefined);
  table.openNodes({ connectedAt: 5, id: 'a' });
  table.endLost(['dead', null], 5_000, 10);
  expect([...steps].filter((step) => /sessions/.test(step)).sort()).toEqual([
    'SCAN sessions USING INDEX sessions_open',
    'SEARCH sessions USING INDEX sessions_open ((connected_at,id)<(?,?))',
    'SEARCH sessions USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});
