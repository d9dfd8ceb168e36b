// Nodes that are restarted, or killed, while 200 clients read 50 messages a second of a group with history.
import { describe, expect, test } from 'vitest';
import { hasRedis } from '../support/redis.ts';
import { HistoryLoad } from './history-load.ts';

const NODES = [0, 1, 2];
const CLIENTS = 200;
/** Starting processes takes most of it. */
const TIMEOUT_MS = 120_000;

describe.runIf(hasRedis)('a group with history', () => {
  test(
    'loses nothing while all nodes are restarted, one after the other',
    async () => {
      const load = await HistoryLoad.start(10_000);
      await load.flow(20);
      for (const at of NODES) await load.replace(at, 'SIGTERM');
      await load.flow(20);
      const { visits, recovered } = await load.finish();
      // Nobody is where they were.
      expect(visits).toBeGreaterThanOrEqual(2 * CLIENTS);
      expect(recovered).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    'keeps what was acknowledged when a node is killed, and has once what is sent again',
    async () => {
      const load = await HistoryLoad.start(2_000);
      await load.flow(20);
      await load.burst(5);
      await load.replace(1, 'SIGKILL');
      await load.flow(20);
      const { visits, unacknowledged, retried } = await load.finish();
      expect(visits).toBeGreaterThan(CLIENTS);
      // It was killed while it added messages.
      expect(unacknowledged).toBeGreaterThan(0);
      expect(retried).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
