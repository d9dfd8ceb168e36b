import fc from 'fast-check';
import { expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';

/** A call of `close`, or time that passes. All times are multiples of the accuracy of the timer wheel. */
const step = fc.oneof(
  fc.record({ drainMs: fc.constantFrom(0, 500, 2_000), drainDelayMs: fc.constantFrom(0, 300, 1_000, 3_000) }),
  fc.constantFrom(100, 200, 700),
);

function listening() {
  const hub = setupHub({}).createHub({ methods: { Wait: method([], () => new Promise<void>(() => {})) } });
  const server = new MemoryServer(hub);
  server.parts.node.bound();
  return server;
}

property(
  'however often a server is closed, the earliest of all ends is its end, and before its drain everything goes on',
  [fc.array(step, { minLength: 1, maxLength: 12, size: 'max' })],
  { runs: 150, sometimes: ['is about to drain', 'drains', 'is told to drain sooner', 'is told to end sooner'] },
  async (steps, reached) => {
    const server = listening();
    const { client } = await server.connect();
    client.invoke('Wait', [], '1');
    await server.settle();
    // The model: moments, and the shortest of all times for draining so far.
    let now = 0;
    let [begins, ends, shortest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const one of steps) {
      if (typeof one === 'number') {
        await server.pass(one);
        now += one;
      } else {
        server.parts.close(one);
        shortest = Math.min(shortest, one.drainMs);
        if (begins <= now) {
          reached('is told to end sooner', now + one.drainMs < ends);
          ends = Math.min(ends, now + one.drainMs);
        } else {
          reached('is told to drain sooner', begins !== Number.POSITIVE_INFINITY && now + one.drainDelayMs < begins);
          begins = Math.min(begins, now + one.drainDelayMs);
        }
        await server.settle();
      }
      if (begins <= now && ends === Number.POSITIVE_INFINITY) ends = begins + shortest;
      const isDraining = begins <= now;
      const isClosing = shortest !== Number.POSITIVE_INFINITY;
      reached('drains', isDraining);
      reached('is about to drain', isClosing && !isDraining);
      const problem = isDraining ? 'It is draining.' : 'It is about to drain.';
      expect(server.parts.problems().map(({ text }) => text)).toEqual(isClosing ? [problem] : []);
      expect(server.parts.node.isAccepting).toBe(!isDraining);
      // At the end itself it depends on the tick. The running call keeps the server for 5 s more.
      if (ends !== now) expect(client.closeRecord !== undefined).toBe(ends < now);
    }
  },
);

test('a server that nobody listens to has nothing to announce: it drains at once', async () => {
  const server = new MemoryServer(setupHub({}).createHub({ methods: {} }));
  await server.connect();
  await server.parts.close({ drainDelayMs: 60_000 });
  expect(server.parts.node.state).toBe('stopped');
});
