// A Redis that goes away, does not answer, or forgets.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { backplaneProblemOf, bytesOf } from '../../src/testing/backplane-test.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { callAll, carries, openRedis, SHORT_LIMITS } from '../support/redis-backplanes.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';

const MIB = 1024 * 1024;
const isSubscriber = (sent: string) => /subscribe/i.test(sent);

async function ownRedis(...settings: readonly string[]): Promise<RedisServer> {
  const server = await startRedis({ settings });
  onTestFinished(() => server.stop());
  return server;
}

describe.runIf(hasRedis)('a backplane in Redis', () => {
  let shared: RedisServer;
  beforeAll(async () => {
    shared = await startRedis();
  });
  afterAll(() => shared?.stop());

  test('that is killed and started again is connected to again, and gets what is published then', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url, SHORT_LIMITS);
    await node.backplane.subscribe(['x']);
    await server.kill();
    await node.observer.until('lost', 1);
    expect(await Promise.all(callAll(node).map(backplaneProblemOf))).toEqual(Array(6).fill('closed'));
    await server.start();
    await node.observer.until('opened', 2);
    await node.backplane.publish([{ channel: 'x', bytes: bytesOf('nobody has subscribed') }]);
    await carries(node, 'z');
    expect(node.observer.texts).toEqual(['z works']);
    expect(node.observer.seen.map(({ type }) => type)).toEqual(['opened', 'lost', 'opened', 'message']);
    expect(node.observer.losses).toMatchObject([{ problem: 'unreachable' }]);
  });

  test('that is killed settles every call that waits, and queues nothing', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url);
    server.pause();
    const calls = Array.from({ length: 50 }, () => callAll(node)).flat();
    await server.kill();
    const problems = await Promise.all(calls.map(backplaneProblemOf));
    expect(new Set(problems)).toEqual(new Set(['unreachable']));
    await node.observer.until('lost', 1);
    const large = new Uint8Array(MIB);
    const refused = Array.from({ length: 200 }, () => node.backplane.publish([{ channel: 'x', bytes: large }]));
    expect(new Set(await Promise.all(refused.map(backplaneProblemOf)))).toEqual(new Set(['closed']));
    await server.start();
    await node.observer.until('opened', 2);
    // None of them is sent later.
    expect(await server.command('EXISTS', 'test:lease:a', 'test:turn:x', 'test:tokens:x')).toBe(0);
  });

  test('that does not answer is given up, and connected to again when it answers', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url, { ...SHORT_LIMITS, callMs: 500 });
    for (const call of [0, 1, 2, 3, 4, 5]) {
      const losses = node.observer.losses.length;
      server.pause();
      const asked = callAll(node)[call] as Promise<unknown>;
      await expect(asked).rejects.toMatchObject({
        problem: 'unreachable',
        message: `Redis at 127.0.0.1:${server.port} has not answered within 500 ms: check its load and the network.`,
      });
      await node.observer.until('lost', losses + 1);
      expect(await backplaneProblemOf(node.backplane.takeTurn('y', 1))).toBe('closed');
      server.resume();
      await node.observer.until('opened', losses + 2);
    }
    await carries(node, 'z');
  });

  test('that does not answer at all is not waited for when it is closed', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url);
    server.pause();
    const calls = callAll(node);
    await node.backplane.close();
    expect(await Promise.all(calls.map(backplaneProblemOf))).toEqual(calls.map(() => 'closed'));
    expect(node.observer.losses).toEqual([]);
  });

  test('that never becomes ready is given up, and tried again', async () => {
    const server = await ownRedis();
    server.pause();
    const node = openRedis(server.url, { ...SHORT_LIMITS, connectMs: 100, callMs: 60_000 });
    server.resume();
    await carries(await node, 'z');
  });

  test('refuses messages when too many bytes wait for Redis, without losing the connection', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url, { unansweredBytes: 8 * MIB });
    server.pause();
    const large = { channel: 'x', bytes: new Uint8Array(3 * MIB) };
    const calls = [1, 2, 3].map(() => node.backplane.publish([large]));
    await expect(calls[2]).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/has not taken 6291458 bytes of messages yet: at most 8388608 may wait\.$/),
    });
    server.resume();
    await Promise.all(calls.slice(0, 2));
    // One that is larger is taken when nothing waits.
    await node.backplane.publish([{ channel: 'x', bytes: new Uint8Array(9 * MIB) }]);
    await carries(node, 'z');
    expect(node.observer.losses).toEqual([]);
  });

  test.each([
    ['the subscriber falls silent', isSubscriber],
    ['the publisher falls silent', (sent: string) => !isSubscriber(sent)],
  ])('of which %s makes both connections anew', async (_what, fits) => {
    const proxy = await startSilentProxy(shared.port);
    const node = await openRedis(`redis://127.0.0.1:${proxy.port}`, SHORT_LIMITS);
    expect(proxy.silence(fits)).toBe(1);
    const calls = await Promise.all([
      backplaneProblemOf(node.backplane.subscribe(['x'])),
      backplaneProblemOf(node.backplane.publish([{ channel: 'x', bytes: bytesOf('1') }])),
    ]);
    expect(calls).toContain('unreachable');
    await node.observer.until('opened', 2);
    expect(node.observer.losses.length).toBe(1);
    expect([proxy.count(isSubscriber), proxy.count(() => true)]).toEqual([2, 4]);
    await carries(node, 'z');
  });

  test('whose subscriber is cut for being too slow is connected to again', async () => {
    const server = await ownRedis('client-output-buffer-limit pubsub 256kb 0 0');
    const [node, other] = [await openRedis(server.url), await openRedis(server.url)];
    await node.backplane.subscribe(['x']);
    // The message is larger than what may wait for the subscriber.
    await other.backplane.publish([{ channel: 'x', bytes: new Uint8Array(8 * MIB) }]);
    await node.observer.until('opened', 2);
    expect(node.observer.losses).toMatchObject([{ problem: 'unreachable' }]);
    expect(other.observer.losses).toEqual([]);
    await carries(node, 'z');
  });

  test('that has lost the scripts loads them again, with a new connection', async () => {
    const node = await openRedis(shared.url, SHORT_LIMITS);
    await shared.command('SCRIPT', 'FLUSH');
    await expect(node.backplane.renewLease({ nodeId: 'n', bootId: 'n1', ms: 1_000 })).rejects.toMatchObject({
      problem: 'unreachable',
      message: `Redis at 127.0.0.1:${shared.port} has lost our scripts: they are loaded again (NOSCRIPT).`,
    });
    await node.observer.until('opened', 2);
    expect(await node.backplane.renewLease({ nodeId: 'n', bootId: 'n1', ms: 1_000 })).toMatchObject({
      outcome: 'taken',
    });
    expect(node.observer.losses.length).toBe(1);
  });

  test('that has become a replica is no longer used, and used again as the master', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url, SHORT_LIMITS);
    await server.command('REPLICAOF', '127.0.0.1', shared.port);
    await backplaneProblemOf(node.backplane.takeTurn('x', 60_000));
    await node.observer.until('lost', 1);
    await expect(node.backplane.takeTurn('x', 60_000)).rejects.toMatchObject({ problem: 'closed' });
    await server.command('REPLICAOF', 'NO', 'ONE');
    await node.observer.until('opened', 2);
    await carries(node, 'z');
  });

  test('whose memory is full refuses what needs memory, and stays open', async () => {
    const server = await ownRedis();
    const node = await openRedis(server.url);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(node.backplane.takeTurn('x', 60_000)).rejects.toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/has no memory left: raise its maxmemory \(OOM\)\.$/),
    });
    await carries(node, 'z');
    expect(node.observer.losses).toEqual([]);
  });

  test('in which another program has keys of ours says so', async () => {
    const node = await openRedis(shared.url);
    await shared.command('LPUSH', 'test:lease:mine', '1');
    await expect(node.backplane.renewLease({ nodeId: 'mine', bootId: 'b', ms: 1_000 })).rejects.toMatchObject({
      problem: 'refused',
      message: expect.stringContaining('has keys of another program under this prefix: set another backplanePrefix'),
    });
    await shared.command('SET', 'test:tokens:mine', 'no numbers');
    await expect(node.backplane.takeTokens('mine', { perSecond: 1, burst: 1 }, 1)).rejects.toMatchObject({
      problem: 'refused',
    });
    expect(node.observer.losses).toEqual([]);
  });
});
