// What a node does while its Redis is away is a choice: `onOutage` and `readyWhenDegraded`.
import { describe, expect, test } from 'vitest';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { type NodeProcess, ownRedis, startNodes } from './node-process.ts';

const DEGRADED = { part: 'backplane', text: 'The other nodes cannot be reached: the link is broken.' };

async function readiness({ port }: NodeProcess) {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return [response.status, ((await response.json()) as { problems?: unknown[] }).problems];
}

describe.runIf(hasRedis)('while Redis is away', () => {
  test('a node refuses messages and is not ready, or serves its own clients and is, as its options say', async () => {
    const redis = await ownRedis();
    const hubOptions = { detailedErrors: true };
    const [strict, lenient] = await startNodes(
      redis.url,
      { nodeId: 'strict', hubOptions, onOutage: 'reject', readyWhenDegraded: false },
      { nodeId: 'lenient', hubOptions },
    );
    const [ann, near] = [await connect(strict.url('ann')), await connect(strict.url('near'))];
    const [bob, close] = [await connect(lenient.url('bob')), await connect(lenient.url('close'))];
    const heard = [ann, near, bob, close].map((client) => callsTo<[string]>(client, 'Heard'));
    for (const node of [strict, lenient]) expect(await readiness(node)).toEqual([200, []]);
    await redis.kill();
    for (const node of [strict, lenient]) await node.ask('unlinked');

    expect(await readiness(strict)).toEqual([503, [{ ...DEGRADED, severity: 'unready' }]]);
    expect(await readiness(lenient)).toEqual([200, [{ ...DEGRADED, severity: 'degraded' }]]);
    for (const [method, ...args] of [['ToAll'], ['ToGroup', 'room'], ['ToUser', 'near'], ['ToOthers']] as const) {
      await expect(ann.invoke(method, ...args, 'refused')).rejects.toThrow(
        'RefusedError: The other nodes cannot be reached, so the message is not sent (onOutage).',
      );
    }
    // Connections of the same node need no other node.
    await ann.invoke('ToClient', near.connectionId, 'to one here');
    expect(await near.invoke('Join', 'room')).toBeNull();
    await bob.invoke('ToAll', 'to all here');
    await bob.invoke('ToUser', 'close', 'to one here');
    await expect(bob.invoke('Members', 'room')).rejects.toThrow('Missing: strict.');
    await expect(bob.invoke('Ask', ann.connectionId, 'hello')).rejects.toThrow('RefusedError: The node strict');

    await redis.start();
    for (const node of [strict, lenient]) await node.ask('linkedWith', 1);
    for (const node of [strict, lenient]) expect(await readiness(node)).toEqual([200, []]);
    await ann.invoke('ToAll', 'end');
    for (const inbox of heard) await inbox.first(([text]) => text === 'end');
    expect(heard.map(({ all }) => all.flat())).toEqual([
      ['end'],
      ['to one here', 'end'],
      ['to all here', 'end'],
      ['to all here', 'to one here', 'end'],
    ]);
    expect((await strict.ask('status')).unshared.failed ?? 0).toBe(0);
    await expect
      .poll(() => lenient.ask('status'))
      .toMatchObject({ waiting: 0, unshared: { unlinked: expect.any(Number) } });
  });
});
