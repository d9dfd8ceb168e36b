// Clients with stateful reconnect that acknowledge nothing (CVE-2026-56170): the memory for them stays within its
// limit.
import { expect, test } from 'vitest';
import { openRawReturning } from '../support/raw-returning.ts';
import { Victim } from './victim.ts';

const MEBI = 1_048_576;
/** A quarter of the default, so that it fills in a quarter of the time. */
const BOUND = 16 * MEBI;

async function used(victim: Victim): Promise<number> {
  const { heapUsed, external } = await victim.ask('memory');
  return heapUsed + external;
}

test.each([
  ['short answers', 20, 8_000, 1],
  ['long answers', 20, 300, 10_000],
])(
  '%s to many clients that acknowledge nothing cost no more than their bound',
  async (_what, clients, calls, length) => {
    const victim = new Victim({
      hub: { allowStatefulReconnects: true },
      server: { detachedConnections: { limitBytes: BOUND } },
    });
    const { port } = await victim.ask('listen');
    const all = await Promise.all(Array.from({ length: clients }, () => openRawReturning(port)));
    const before = await used(victim);
    const call = { type: 1, target: 'Echo', arguments: ['x'.repeat(length)] };
    for (const { client } of all) {
      for (let n = 0; n < calls; n += 100) {
        client.send(...Array.from({ length: 99 }, (_, at) => ({ ...call, invocationId: `x${at}` })));
        await client.invoke('Echo', 'x'.repeat(length));
      }
    }
    const { attachedBytes, connections } = await victim.ask('figures');
    expect(connections).toBe(clients);
    expect(attachedBytes).toBeGreaterThan(BOUND / 2);
    expect(attachedBytes).toBeLessThanOrEqual(BOUND);
    // The limit, plus what each connection may keep in any case and the overhead of the objects.
    // Memory outside of the heap is let go in later turns of the victim's event loop.
    let held = (await used(victim)) - before;
    for (let turns = 0; turns < 20 && held >= 2 * BOUND; turns++) held = (await used(victim)) - before;
    expect(held).toBeLessThan(2 * BOUND);
  },
  60_000,
);
