// The rights that docs/scaling.md names for groups with history are enough, and none of them is too much.

import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import { hasRedis, startRedis } from '../support/redis.ts';
import { openRedis, type RedisNode } from '../support/redis-backplanes.ts';

const scaling = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
/** Rights of the two commands in the section on security: those of every node, and those of histories. */
const [ofAll = [], ofHistories = []] = [...scaling.matchAll(/redis-cli ACL SETUSER[\s\S]*?```/g)].map(([command]) =>
  [...command.matchAll(/(?<=[ '])\+[\w|]+/g)].map(([right]) => right),
);
/** Without it no call fails: numbers begin anew when Redis has evicted how far they have gone. */
const QUIET = '+xinfo|stream';

/** Calls whatever needs a right, twice for what only an older entry makes necessary. */
async function useLogs({ backplane: { logs } }: RedisNode, log: string): Promise<void> {
  const state = { size: 2, ttlMs: 60_000, seen: [] };
  await logs.follow([log]);
  for (const messageId of ['a', 'b', 'c', 'd']) await logs.append(log, { ...state, messageId, bytes: bytesOf('text') });
  await logs.remove(log, 'd', state);
  await logs.read(log, { ...state, before: undefined, limit: 10 });
  await logs.read(log, { ...state, after: 2, limit: 10, isWhole: false });
  await logs.hazards();
}

test.runIf(hasRedis)('a user needs the rights that are documented for histories', async () => {
  expect([ofAll.length, ofHistories.length]).toEqual([30, 14]);
  const user = (name: string, rights: readonly string[]) =>
    `user ${name} on nopass resetkeys resetchannels ~test:* &test:* -@all ${rights.join(' ')}`;
  // Rights of every node are named twice where a history needs them, too.
  const needed = ofHistories.filter((right) => right !== QUIET && !ofAll.includes(right));
  const server = await startRedis({
    settings: [
      user('enough', [...ofAll, ...ofHistories]),
      ...needed.map((right, at) => user(`less${at}`, [...ofAll, ...ofHistories.filter((other) => other !== right)])),
    ],
  });
  onTestFinished(() => server.stop());
  const nodeOf = (name: string) => openRedis(`redis://${name}:any@127.0.0.1:${server.port}`);
  await useLogs(await nodeOf('enough'), 'log');
  for (const [at, right] of needed.entries()) {
    const less = useLogs(await nodeOf(`less${at}`), `log ${at}`);
    await expect(less, right).rejects.toMatchObject({ problem: 'refused' });
  }
});

test.runIf(hasRedis)('and numbers go on when Redis has evicted how far they have gone', async () => {
  const server = await startRedis({
    settings: [
      `user ann on nopass resetkeys resetchannels ~test:* &test:* -@all ${[...ofAll, ...ofHistories].join(' ')}`,
    ],
  });
  onTestFinished(() => server.stop());
  const node = await openRedis(`redis://ann:any@127.0.0.1:${server.port}`);
  await useLogs(node, 'log');
  await server.command('DEL', 'test:log-state:log');
  const appended = await node.backplane.logs.append('log', {
    ...{ size: 2, ttlMs: 60_000, seen: [], messageId: undefined },
    bytes: bytesOf('text'),
  });
  expect(appended.position.offset).toBe(5);
});
