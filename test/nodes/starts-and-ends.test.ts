// Nodes that start while Redis is away, and nodes that end as they should, one after the other.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callsTo, closed, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { NodeProcess, ownRedis, startNodes } from './node-process.ts';

describe.runIf(hasRedis)('nodes that', () => {
  test('start while Redis is away serve their own clients, and are one when it is there', async () => {
    const redis = await ownRedis();
    await redis.kill();
    const options = { backplane: redis.url };
    const [a, b] = await Promise.all(['a', 'b'].map((nodeId) => NodeProcess.start({ ...options, nodeId })));
    const nodes = [a as NodeProcess, b as NodeProcess] as const;
    const [ann, bob] = await Promise.all(nodes.map((node) => connect(node.url('ann'))));
    const heard = [ann, bob].map((client) => callsTo<[string]>(client as never, 'Heard'));
    for (const node of nodes) {
      await node.logged('the server starts without the other nodes: the backplane does not answer yet');
      expect(await node.ask('status')).toMatchObject({ problems: ['backplane degraded'], others: [] });
    }
    for (const client of [ann, bob]) await client?.invoke('Join', 'room');
    await ann?.invoke('ToGroup', 'room', 'here');
    await heard[0]?.until(1);
    await redis.start();
    for (const node of nodes) expect(await node.ask('linkedWith', 1)).toMatchObject({ problems: [] });
    await ann?.invoke('ToGroup', 'room', 'everywhere');
    expect(await heard[0]?.until(2)).toEqual([['here'], ['everywhere']]);
    expect(await heard[1]?.until(1)).toEqual([['everywhere']]);
  });

  test('are restarted one after the other leave at once, end their sessions, and get their ids back', async () => {
    // So long that nobody may wait for a lease to run out.
    const options = { leaseMs: 600_000, storage: `sqlite:${join(temporaryFolder(), 'shared.db')}` };
    const { url: backplane } = await ownRedis();
    const [a, b] = await startNodes(backplane, { nodeId: 'a', ...options }, { nodeId: 'b', ...options });
    let nodes: readonly NodeProcess[] = [a, b];
    for (const nodeId of ['a', 'b']) {
      const [old, stays] = nodes as [NodeProcess, NodeProcess];
      const [client, other] = [await connect(old.url('ann')), await connect(stays.url('bob'))];
      const [end, heard] = [closed(client), callsTo<[string]>(other, 'Heard')];
      await old.ask('close');
      await end;
      expect((await stays.ask('linkedWith', 0)).state).toBe('linked');
      await expect(other.invoke('Ask', client.connectionId ?? 'gone', 'hello')).rejects.toThrow();
      const next = await NodeProcess.start({ backplane, nodeId, ...options });
      await Promise.all([next, stays].map((node) => node.ask('linkedWith', 1)));
      await next.ask('send', ['user', 'bob'], [`of the next ${nodeId}`]);
      expect(await heard.until(1)).toEqual([[`of the next ${nodeId}`]]);
      await other.stop();
      nodes = [stays, next];
    }
    await expect
      .poll(async () => (await (nodes[0] as NodeProcess).ask('sessions')).map(({ closeReason }) => closeReason).sort())
      .toEqual(['client-closed', 'client-closed', 'server-draining', 'server-draining']);
  });
});
