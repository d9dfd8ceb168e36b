// A Redis that may lose the history of groups, or does not let its user keep one.
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/inbox.ts';
import { hasRedis } from '../support/redis.ts';
import { type HistoryNode, linked, memberOf, startNode, unlinked } from './history-node.ts';
import { ownRedis } from './node-process.ts';

describe.runIf(hasRedis)('a Redis that is not made for history', () => {
  const LOST = 'the history of groups may be lost';
  const UNCHECKED = 'it could not be checked whether the history of groups may be lost';
  const linesOf = ({ log }: HistoryNode) => log.lines.filter(({ text }) => text === LOST || text === UNCHECKED);

  test('and may evict is named in the log once, when the node has started', async () => {
    const redis = await ownRedis('maxmemory 100mb', 'maxmemory-policy allkeys-lru');
    const a = await startNode(redis.url);
    await eventually(() => linesOf(a).length > 0);
    await redis.kill();
    await unlinked(a);
    await redis.start();
    await linked(a);
    await a.send('1');
    expect(linesOf(a).map(({ level, text, data }) => ({ level, text, data }))).toEqual([
      {
        level: 'warn',
        text: LOST,
        data: expect.objectContaining({
          hazard: expect.stringMatching(/allkeys-lru\): set maxmemory-policy to noeviction\.$/),
        }),
      },
    ]);
  });

  test('but keeps everything is not', async () => {
    const redis = await ownRedis('maxmemory 100mb', 'maxmemory-policy noeviction');
    const a = await startNode(redis.url);
    await redis.command('CONFIG', 'RESETSTAT');
    const b = await startNode(redis.url);
    while (!`${await redis.command('INFO', 'commandstats')}`.includes('cmdstat_info:calls=2'));
    await a.send('1');
    await b.history.latest();
    expect([a, b].flatMap(linesOf)).toEqual([]);
  });

  test('and does not let its user ask is said, once', async () => {
    const redis = await ownRedis('user ann on >pw ~* &* +@all -info');
    const a = await startNode(`redis://ann:pw@127.0.0.1:${redis.port}`);
    await eventually(() => linesOf(a).length > 0);
    expect((await a.send('1'))?.offset).toBe(1);
    expect(linesOf(a)).toMatchObject([
      { level: 'warn', text: UNCHECKED, error: expect.stringMatching(/\(NOPERM, info\)\.$/) },
    ]);
  });

  test('because a right is missing: who sends is told which, and the nodes stay linked', async () => {
    const redis = await ownRedis('user ann on >pw ~* &* +@all -xadd');
    const a = await startNode(`redis://ann:pw@127.0.0.1:${redis.port}`);
    const ann = await memberOf(a);
    for (let n = 0; n < 3; n++)
      await expect(a.send('1')).rejects.toThrow(/does not allow the user .*\(\w+, xadd\)\. Send it again/);
    expect(await a.history.latest()).toEqual([]);
    expect(ann.heard()).toEqual([]);
    expect(a.cluster.isLinked).toBe(true);
    expect(a.log.lines.filter(({ level, text }) => level !== 'debug' && /backplane/.test(text))).toHaveLength(1);
    await redis.command('ACL', 'SETUSER', 'ann', '+xadd');
    expect(await a.send('1')).toMatchObject({ offset: 1 });
  });
});
