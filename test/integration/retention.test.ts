import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { startTimedServer } from '../support/timed-server.ts';

const DAY = 86_400_000;

/** A storage with sessions that have ended so many days ago. */
async function filledStorage(clock: SimulatedClock, ...daysAgo: readonly number[]) {
  const storage = new MemoryStorage(10_000, clock);
  await storage.open(ALONE);
  const now = clock.wallNow();
  await storage.sessions.save(
    daysAgo.map((days) => ended(sessionRecord(`${days}`), { disconnectedAt: now - days * DAY })),
  );
  await storage.close();
  /** Resolves when exactly these are left. @param stepMs Time that passes between two looks. */
  const leaves = async (stepMs: number, ...ids: readonly string[]) => {
    const left = async () => (await storage.sessions.list()).map(({ id }) => id).sort();
    while (JSON.stringify(await left()) !== JSON.stringify(ids)) {
      clock.increment(stepMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { storage, leaves };
}

test('a server deletes what is older than 90 days when it starts, and then every minute, until it is closed', async () => {
  const clock = new SimulatedClock();
  const { storage, leaves } = await filledStorage(clock, 100, 91, 89.9999, 10);
  const { server } = await startTimedServer({ '/hub': emptyHub() }, { storage }, clock);
  await leaves(0, '10', '89.9999');
  await leaves(1_000, '10');
  const closed = server.close({ drainMs: 0 });
  const hurry = setInterval(() => clock.increment(1_000), 1);
  await closed;
  clearInterval(hurry);
  expect(clock.pending).toBe(0);
});

test('a server deletes what its option says', async () => {
  const clock = new SimulatedClock();
  const { storage, leaves } = await filledStorage(clock, 100, 91, 3, 2, 1);
  const retention = { sessions: { days: 95, count: 3 } };
  await startTimedServer({ '/hub': emptyHub() }, { storage, retention }, clock);
  await leaves(0, '1', '2', '3');
});

test('a server whose keys are used before it listens deletes nothing yet', async () => {
  const clock = new SimulatedClock();
  const { storage } = await filledStorage(clock, 100);
  const server = createServer({ hubs: { '/hub': emptyHub() }, storage, clock, logLevel: 'silent' });
  onTestFinished(() => server.close());
  await server.keys.list();
  clock.increment(120_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await storage.sessions.list()).toHaveLength(1);
});
