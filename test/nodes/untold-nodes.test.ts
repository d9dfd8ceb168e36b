import { expect, test } from 'vitest';
import { otherServers } from '../../src/server-cluster.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';
import { nodeHub } from './node-hub.ts';

test('nodes that were not told of a revocation are named in the log, and those that were told are not', async () => {
  const nodes = await MemoryNodes.linked(3, () => nodeHub());
  const log = Object.assign(new CollectedLog(), { isLevelEnabled: () => true, refused: () => undefined });
  const others = otherServers(nodes.at(0).cluster, log);
  const revoked = JSON.stringify({ credentials: [], users: [{ id: 'ann', at: 1 }] });
  const told = others?.tell('revoked', [revoked]);
  await nodes.settle();
  expect(await told).toEqual([0, 0]);
  expect(log.lines).toEqual([]);
  nodes.at(2).pause();
  const half = others?.tell('revoked', [revoked]);
  await nodes.pass(6_000);
  expect(await half).toEqual([0]);
  expect(log.lines).toEqual([
    {
      level: 'warn',
      text: 'other nodes were not told of a change',
      error: undefined,
      data: { change: 'revoked', missing: [nodes.at(2).nodeId] },
    },
  ]);
});
