// Outages at full length, with the lease that nodes have by default (10 s): longer and shorter than it.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { NodeProcess, ownRedis, startNodes } from './node-process.ts';

const LEASE_MS = 10_000;
const LINE = 'the lease of this node had run out: the others have taken it for dead meanwhile';

async function site() {
  const redis = await ownRedis();
  const options = { leaseMs: LEASE_MS, storage: `sqlite:${join(temporaryFolder(), 'shared.db')}` };
  const nodes = await startNodes(redis.url, { nodeId: 'a', ...options }, { nodeId: 'b', ...options });
  const clients = await Promise.all(nodes.map((node, n) => connect(node.url(`user-${n}`))));
  const heard = clients.map((client) => callsTo<[string]>(client, 'Heard'));
  for (const client of clients) await client.invoke('Join', 'room');
  const says = (n: number, text: string) => clients[n]?.invoke('ToGroup', 'room', text);
  return { redis, nodes, heard, says };
}

describe.runIf(hasRedis)('with a lease of ten seconds', () => {
  test.each([
    ['shorter than the lease', 6_000],
    ['longer than the lease', 25_000],
    ['longer than every deadline', 70_000],
  ])(
    'a Redis that is away for a time that is %s is missed, and nobody counts as dead afterwards',
    async (_what, ms) => {
      const { redis, nodes, heard, says } = await site();
      await says(0, 'before');
      await heard[1]?.until(1);
      await redis.kill();
      for (const node of nodes) await node.ask('unlinked');
      await says(0, 'meanwhile');
      await says(1, 'meanwhile, elsewhere');
      await setTimeout(ms);
      await redis.start();
      for (const node of nodes) await node.ask('linkedWith', 1);
      for (const node of nodes) await node.gaps.first((group) => group === 'room');
      await says(0, 'after');
      await says(1, 'after, elsewhere');
      expect((await heard[0]?.until(4))?.flat().sort()).toEqual(['after', 'after, elsewhere', 'before', 'meanwhile']);
      expect((await heard[1]?.until(4))?.flat()).toContain('meanwhile, elsewhere');
      await setTimeout(2 * LEASE_MS);
      for (const node of nodes) {
        expect(node.lines.all.filter(({ text }) => text === 'another node has left')).toEqual([]);
        expect(await node.ask('count')).toBe(2);
      }
      const [a] = nodes;
      expect((await a.ask('sessions')).map(({ closeReason }) => closeReason)).toEqual([null, null]);
    },
  );

  test('a node that is stopped for less is waited for, and for longer counts as dead until it is back', async () => {
    const { nodes, heard, says } = await site();
    const [a, b] = nodes;
    b.pause();
    await setTimeout(LEASE_MS / 2);
    await says(0, 'to a node that is stopped');
    b.resume();
    await heard[1]?.until(1);
    expect(a.lines.all.filter(({ text }) => text === 'another node has left')).toEqual([]);
    b.pause();
    await a.ask('linkedWith', 0);
    await expect.poll(() => a.ask('count')).toBe(1);
    await expect
      .poll(async () => (await a.ask('sessions')).map(({ nodeId, closeReason }) => `${nodeId} ${closeReason}`).sort())
      .toEqual(['a null', 'b lost']);
    b.resume();
    await b.logged(LINE);
    for (const node of nodes) await node.ask('linkedWith', 1);
    await says(0, 'after');
    await heard[1]?.first(([text]) => text === 'after');
    // Saved anew at once, and once more when nobody can be about to end them.
    await setTimeout(35_000);
    expect((await a.ask('sessions')).map(({ closeReason }) => closeReason)).toEqual([null, null]);
  });

  test('a node that is killed is dead when its lease has run out, and started again at once waits for that', async () => {
    const { redis, nodes } = await site();
    const [a, b] = nodes;
    await b.kill();
    const again = await NodeProcess.start({ backplane: redis.url, nodeId: 'b', leaseMs: LEASE_MS });
    await a.ask('linkedWith', 1);
    expect(again.lines.all.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(await a.ask('count')).toBe(1);
    const bob = await connect(again.url('bob'));
    await bob.invoke('Join', 'room');
    expect(await bob.invoke('Count', 'room')).toBe(2);
  });
});
