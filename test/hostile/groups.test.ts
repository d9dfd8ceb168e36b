// Groups: their number, the length of their names, and the memory that a name keeps.
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { openRawReturning } from '../support/raw-returning.ts';
import { Victim } from './victim.ts';

const MEBI = 1_024 * 1_024;
const CLIENTS = 4;
const NAMES = 250;
const NAME_BYTES = 30_000;
const BATCH = 50;

/** Growth of the heap when each client has called the method with several different texts of 30,000 bytes. */
async function growthBy(method: string): Promise<number> {
  const victim = new Victim();
  const { port } = await victim.ask('listen');
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => RawClient.open(port)));
  const before = (await victim.ask('memory')).heapUsed;
  for (const [at, client] of clients.entries()) {
    for (let n = 0; n < NAMES; n += BATCH) {
      const names = Array.from({ length: BATCH }, (_, i) => `${at} ${n + i}`.padEnd(NAME_BYTES, '.'));
      await Promise.all(names.map((name) => client.invoke(method, name)));
    }
  }
  return (await victim.ask('memory')).heapUsed - before;
}

describe('the names of groups', () => {
  test('are not kept when they are too long', async () => {
    expect(await growthBy('Join')).toBeLessThan(6 * MEBI);
  });

  test('keep nothing of the longer texts that they were cut from', async () => {
    expect(await growthBy('JoinPart')).toBeLessThan(6 * MEBI);
  });
});

test('groups, empty seats and timers are bounded while clients come and go, and in the end nothing is left of them', async () => {
  const [limitConnections, clients, groups] = [20, 100, 30];
  const victim = new Victim({
    hub: { allowStatefulReconnects: true, maximumGroupsPerConnection: groups },
    server: { detachedConnections: { limitConnections } },
  });
  const { port } = await victim.ask('listen');
  const idle = await victim.ask('figures');
  for (let n = 0; n < clients; n++) {
    // Every second client has stateful reconnect.
    const client = n % 2 === 0 ? (await openRawReturning(port)).client : await RawClient.open(port);
    const joined = await Promise.all(
      Array.from({ length: groups + 1 }, (_, group) => client.invoke('Join', `${n} ${group}`)),
    );
    expect(joined.filter(({ error }) => error?.includes('maximumGroupsPerConnection'))).toHaveLength(1);
    client.socket.destroy();
  }
  await victim.until('connections', limitConnections);
  const seats = await victim.ask('figures');
  expect(seats).toMatchObject({ detached: limitConnections, groups: limitConnections * groups });
  // One alarm of each connection for its calls, one for all places of detached clients, and one for the negotiations.
  expect(seats.alarms).toBeLessThanOrEqual(limitConnections + 2);
  await victim.ask('abortAll');
  await victim.until('connections', 0);
  expect(await victim.ask('figures')).toMatchObject({ ...idle, alarms: expect.any(Number) });
});
