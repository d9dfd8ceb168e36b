import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';

const DRAIN_MS = 2_000;
/** Time for which the end of a connection waits for its running calls. */
const RUNNING_MS = 5_000;

function createServer() {
  const wait = (ms: number) => new Promise<void>((resolve) => server.clock.setTimeout(resolve, ms));
  const hub = setupHub({}).createHub({
    methods: {
      Take: method([any<number>()], (_hub, ms) => wait(ms)),
      Shutdown: method([], () => {
        server.parts.close({ drainMs: DRAIN_MS });
        return 'closing';
      }),
      ShutdownSoon: method([], async () => {
        await wait(100);
        server.parts.close({ drainMs: DRAIN_MS });
      }),
      ShutdownAndFail: method([], () => {
        server.parts.close({ drainMs: DRAIN_MS });
        throw new Error('on purpose');
      }),
    },
  });
  const server: MemoryServer = new MemoryServer(hub, { hubOptions: { maximumParallelInvocationsPerClient: 3 } });
  return server;
}

describe('a server that is closed', () => {
  property(
    'lets what runs end within its time, begins nothing new, and invites every client back',
    [fc.array(fc.constantFrom(500, 1_500, 3_000, 20_000), { maxLength: 3 }), fc.nat(3)],
    { runs: 60, sometimes: ['a call ends in time', 'a call takes longer', 'nothing runs'] },
    async (durations, waiting, reached) => {
      const server = createServer();
      const [busy, idle] = [await server.connect(), await server.connect()];
      for (const [call, ms] of durations.entries()) busy.client.invoke('Take', [ms], `${call}`);
      await server.settle();
      let isOver = false;
      server.parts.close({ drainMs: DRAIN_MS }).then(() => {
        isOver = true;
      });
      for (let count = 0; count < waiting; count++) busy.client.invoke('Take', [0], `new ${count}`);
      await server.settle();
      expect(idle.isForgotten).toBe(true);
      const time = Math.min(Math.max(0, ...durations), DRAIN_MS + RUNNING_MS);
      await server.pass(time - 200);
      expect(isOver).toBe(durations.length === 0);
      await server.pass(500);
      expect(isOver).toBe(true);
      for (const { client } of [busy, idle]) {
        expect(client.closeRecord).toEqual({ type: 7, allowReconnect: true });
        expect(client.closeCode).toBe(1000);
      }
      const answered = busy.client.records.filter(({ type }) => type === 3).map(({ invocationId }) => invocationId);
      const inTime = [...durations.keys()].filter((call) => (durations[call] as number) <= DRAIN_MS).map(String);
      reached('nothing runs', durations.length === 0);
      reached('a call ends in time', inTime.length > 0);
      reached('a call takes longer', inTime.length < durations.length);
      expect([...answered].sort()).toEqual(inTime);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  for (const target of ['Shutdown', 'ShutdownSoon', 'ShutdownAndFail']) {
    test(`by a call of its own does not wait longer than for that call: ${target}`, async () => {
      const server = createServer();
      const { client } = await server.connect();
      client.invoke(target, [], '1');
      await server.settle();
      await server.pass(500);
      expect(client.completions('1')).toHaveLength(1);
      expect(client.closeRecord).toEqual({ type: 7, allowReconnect: true });
      expect(server.parts.node.state).toBe('stopped');
    });
  }
});
