import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createStorage } from '../../src/storage/create-storage.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { Child } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROUNDS = 2;
const SAVES = 8;

/**
 * Kills servers that record sessions, one after the other, on one storage. Checks after each that nothing acknowledged
 * is missing, and that nothing is there twice.
 *
 * @param openSessions Connection ids of the open sessions, as another program reads them.
 */
export async function crashRounds(url: string, openSessions: () => Promise<ReadonlySet<string>>): Promise<void> {
  const acknowledgements = join(temporaryFolder(), 'acknowledged');
  const acknowledged = new Map<string, string>();

  for (let round = 0; round < ROUNDS; round += 1) {
    const server = new Child(new URL('./crashing-server.ts', import.meta.url), url, acknowledgements, `${round}`);
    await server.stdout.until(SAVES);
    await server.kill();
    // The last one counts: a session is acknowledged open, then ended.
    for (const line of readFileSync(acknowledgements, 'utf8').trimEnd().split('\n')) {
      const [connectionId = '', state = ''] = line.split(' ');
      acknowledged.set(connectionId, state);
    }
    const before = await openSessions();
    expect(before.size).toBeGreaterThan(0);

    const storage = createStorage(url);
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
}
