// Presence keys on nodes in processes of their own, over a real Redis.
import { describe, expect, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { type NodeProcess, ownRedis, startNodes } from './node-process.ts';
import { KINDS, newBackplane, startNodes as startHere } from './nodes.ts';

/** Changes that nodes have told, whatever their order. They come on a way of their own, so they may come late. */
function toldBy(...nodes: readonly NodeProcess[]) {
  return expect.poll(() => nodes.flatMap(({ changes }) => changes.all).sort(), { timeout: 10_000 });
}

describe.each(KINDS)('who is there, over the backplane %s,', (kind) => {
  test('is the same on every node, and each key has one holder', async () => {
    const [a, b] = await startHere(await newBackplane(kind), 2);
    const urls = [a?.url('/hub?user=ann') ?? '', b?.url('/hub?user=bob') ?? ''] as const;
    const [ann, bob] = [await connect(urls[0]), await connect(urls[1])];
    const claims = await Promise.all([ann, bob].map((client, n) => client.invoke('Claim', 'x', `holder ${n}`)));
    expect(claims.filter(Boolean).length).toBe(1);
    const [winner, other] = claims[0] === true ? [ann, bob] : [bob, ann];
    const holder = `holder ${claims.indexOf(true)}`;
    for (const client of [ann, bob]) expect(await client.invoke('Present')).toEqual([`x ${holder}`]);
    expect(await other.invoke('Claim', 'x', holder)).toBe(true);
    await winner.stop();
    expect(await other.invoke('Present')).toEqual([`x ${holder}`]);
    await other.invoke('Release', 'x');
    expect(await other.invoke('Present')).toEqual([]);
  });
});

describe.runIf(hasRedis)('a node', () => {
  test('that is killed is hidden after its lease, and told as left once by one of the others', async () => {
    const [a, b, c] = await startNodes((await ownRedis()).url, { nodeId: 'a' }, { nodeId: 'b' }, { nodeId: 'c' });
    const [ann, cat] = [await connect(a.url('ann')), await connect(c.url('cat'))];
    expect(await cat.invoke('Claim', 'x', 'cat')).toBe(true);
    expect(await ann.invoke('Claim', 'x', 'ann')).toBe(false);
    expect(await ann.invoke('Present')).toEqual(['x cat']);
    await toldBy(c).toEqual(['joined x cat']);

    await c.kill();

    await expect.poll(() => ann.invoke('Present'), { timeout: 10_000 }).toEqual([]);
    expect(
      [a, b].flatMap(({ changes }) => changes.all),
      'it may come back',
    ).toEqual([]);
    await toldBy(a, b).toEqual(['left x cat']);
    expect(await ann.invoke('Claim', 'x', 'ann')).toBe(true);
    await toldBy(a, b).toEqual(['joined x ann', 'left x cat']);
  });

  test('that ends in order tells before that its connections have left', async () => {
    const [a, b] = await startNodes((await ownRedis()).url, { nodeId: 'a' }, { nodeId: 'b' });
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    await bob.invoke('Claim', 'x', 'bob');
    await b.ask('close');
    await toldBy(b).toEqual(['joined x bob', 'left x bob']);
    expect(await ann.invoke('Present')).toEqual([]);
    expect(await ann.invoke('Claim', 'x', 'ann')).toBe(true);
  });
});

describe.runIf(hasRedis)('a Redis', () => {
  test('that is killed and started empty gets back who is there, of which nothing is told', async () => {
    const redis = await ownRedis();
    const [a, b] = await startNodes(redis.url, { nodeId: 'a' }, { nodeId: 'b' });
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    await ann.invoke('Claim', 'x', 'ann');
    await bob.invoke('Claim', 'y', 'bob');
    await redis.kill();
    for (const node of [a, b]) await node.ask('unlinked');
    expect(await ann.invoke('Present')).toEqual(['x ann']);
    expect(await bob.invoke('Claim', 'z', 'bob')).toBe(true);
    await redis.start();
    for (const node of [a, b]) await node.ask('linkedWith', 1);
    for (const client of [ann, bob])
      await expect.poll(() => client.invoke('Present'), { timeout: 10_000 }).toEqual(['x ann', 'y bob', 'z bob']);
    await toldBy(a).toEqual(['joined x ann']);
    await toldBy(b).toEqual(['joined y bob', 'joined z bob']);
  });

  test('that is emptied while it runs gets it back as soon as that is noticed', async () => {
    const redis = await ownRedis();
    const [a, b] = await startNodes(redis.url, { nodeId: 'a' }, { nodeId: 'b' });
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    await ann.invoke('Claim', 'x', 'ann');
    await redis.command('FLUSHALL');
    // A claim notices it, and finds out that somebody else has the key.
    await expect.poll(() => bob.invoke('Present'), { timeout: 10_000 }).toEqual(['x ann']);
    expect(await bob.invoke('Claim', 'x', 'bob')).toBe(false);
    await toldBy(a, b).toEqual(['joined x ann']);
  });

  test('has no key of a service that has ended in order', async () => {
    const redis = await ownRedis();
    const [a] = await startNodes(redis.url, { nodeId: 'a' });
    const ann = await connect(a.url('ann'));
    for (const key of ['x', 'y']) await ann.invoke('Claim', key, 'ann');
    await a.ask('close');
    const keys = (await redis.command('KEYS', '*presence*')) as string[];
    // They end by themselves: the name of the epoch of each hub, and the turn of looking for dead nodes.
    for (const key of keys) expect(await redis.command('PTTL', key), key).toBeGreaterThan(0);
    expect(keys.filter((key) => !/:epoch$|:turn:/.test(key))).toEqual([]);
  });
});
