// Ids of nodes: no two that are alive have the same, and one that is started again has its own.
import { describe, expect, test } from 'vitest';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { NodeProcess, ownRedis, startNodes } from './node-process.ts';

describe.runIf(hasRedis)('a node that', () => {
  test('has the id of another one that is alive does not start', async () => {
    const { url } = await ownRedis();
    const [a] = await startNodes(url, { nodeId: 'a' });
    await expect(NodeProcess.start({ backplane: url, nodeId: 'a' })).rejects.toMatchObject({
      name: 'BackplaneError',
      problem: 'node-id-taken',
      message: 'Another server that is alive has the nodeId "a". Give each server its own, or leave nodeId out.',
    });
    expect(await a.ask('status')).toMatchObject({ state: 'linked', others: [], problems: [] });
  });

  test('is started again after it was killed waits for its own lease, and works', async () => {
    const { url } = await ownRedis();
    const [a, b] = await startNodes(url, { nodeId: 'a' }, { nodeId: 'b' });
    const ann = await connect(a.url('ann'));
    const heard = callsTo<[string]>(ann, 'Heard');
    await b.kill();
    const again = await NodeProcess.start({ backplane: url, nodeId: 'b' });
    await a.ask('linkedWith', 1);
    await again.ask('send', ['user', 'ann'], ['of the second start']);
    expect(await heard.until(1)).toEqual([['of the second start']]);
    expect(await a.ask('status')).toMatchObject({ others: ['b'], problems: [] });
  });
});
