import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import type { TestClient } from './addresses.ts';

const LIMIT_MS = 2_000;
/** Clearly shorter, or clearly longer, than the limit. */
const duration = fc.constantFrom(100, 1_000, 1_700, 2_400, 5_000);

/** A server with a hub whose calls take as long as requested, of the server's own time. */
function createServer(invocationTimeoutMs: number) {
  const begun: number[] = [];
  const afterwards: string[] = [];
  const wait = (ms: number) => new Promise<void>((resolve) => server.clock.setTimeout(resolve, ms));
  const hub = setupHub({ client: {} as TestClient, state: () => ({ calls: 0 }) }).createHub({
    methods: {
      Take: method([any<number>(), any<number>()], async (hub, call, ms) => {
        begun.push(call);
        await wait(ms);
        // A late call can no longer use its hub.
        await hub.clients.caller.send('Heard', call, '').catch((error: Error) => afterwards.push(error.name));
        try {
          hub.state.calls += 1;
        } catch (error) {
          afterwards.push((error as Error).name);
        }
        return call;
      }),
      Patient: method([any<number>()], { timeoutMs: 0 }, async (_hub, ms) => {
        await wait(ms);
        return 'done';
      }),
    },
    onConnected: (hub) => (hub.user === null ? undefined : wait(Number(hub.user.id))),
    onDisconnected: () => {
      afterwards.push('disconnected');
    },
  });
  const server: MemoryServer = new MemoryServer(hub, { hubOptions: { invocationTimeoutMs } });
  return { server, begun, afterwards };
}

describe('a call', () => {
  property(
    'is answered with its result, or with an error when its time is over; then the next has its turn',
    [fc.array(duration, { minLength: 1, maxLength: 5 })],
    { runs: 60, sometimes: ['one is late', 'one is in time'] },
    async (durations, reached) => {
      const { server, begun, afterwards } = createServer(LIMIT_MS);
      const { client } = await server.connect();
      for (const [call, ms] of durations.entries()) client.invoke('Take', [call, ms], `${call}`);
      await server.settle();
      for (const [call, ms] of durations.entries()) {
        expect(begun).toEqual(Array.from({ length: call + 1 }, (_, number) => number));
        const since = server.clock.now();
        while (client.completions(`${call}`).length === 0) await server.pass(100);
        const took = server.clock.now() - since - Math.min(ms, LIMIT_MS);
        expect(took >= 0 && took <= 200).toBe(true);
        const error =
          "An unexpected error occurred invoking 'Take' on the server. HubException: It took longer than 2000 ms.";
        const answer = ms > LIMIT_MS ? { error } : { result: call };
        reached(ms > LIMIT_MS ? 'one is late' : 'one is in time');
        expect(client.completions(`${call}`)).toEqual([{ type: 3, invocationId: `${call}`, ...answer }]);
      }
      await server.pass(10_000);
      const late = durations.filter((ms) => ms > LIMIT_MS).length;
      expect(afterwards).toEqual(new Array(2 * late).fill('RefusedError'));
      expect(client.calls('Heard')).toHaveLength(durations.length - late);
      expect(client.records.filter(({ type }) => type === 3)).toHaveLength(durations.length);
    },
  );

  property(
    'may take as long as it likes when its limit is 0',
    [fc.integer({ min: 1, max: 60 })],
    20,
    async (seconds) => {
      const { server } = createServer(LIMIT_MS);
      const { client } = await server.connect();
      client.invoke('Patient', [seconds * 1_000], '1');
      await server.pass(seconds * 1_000 - 100);
      expect(client.completions('1')).toEqual([]);
      await server.pass(100);
      expect(client.completions('1')).toEqual([{ type: 3, invocationId: '1', result: 'done' }]);
    },
  );
});

describe('onConnected', () => {
  property(
    'has the same limit, and whoever misses it is sent away',
    [duration],
    { runs: 10, sometimes: ['it is late', 'it is in time'], examples: [[1_000], [5_000]] },
    async (ms, reached) => {
      const { server, afterwards } = createServer(LIMIT_MS);
      const { client } = await server.connect({ user: { id: `${ms}`, roles: [] } });
      await server.pass(Math.max(ms, LIMIT_MS) + 300);
      const isLate = ms > LIMIT_MS;
      reached(isLate ? 'it is late' : 'it is in time');
      const error = 'Connection closed with an error. HubException: It took longer than 2000 ms.';
      expect(client.closeRecord).toEqual(isLate ? { type: 7, error } : undefined);
      client.close();
      await server.settle();
      // After a failed onConnected there is no onDisconnected, even when onConnected resolves late.
      expect(afterwards).toEqual(isLate ? [] : ['disconnected']);
    },
  );
});
