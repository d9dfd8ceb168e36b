// Redis with a replica, and Sentinels that make it the master when the first one is away.
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { hasRedis, type RedisOptions, type RedisServer, startRedis } from '../support/redis.ts';
import { carries, openingRedis, openRedis, SHORT_LIMITS } from '../support/redis-backplanes.ts';

const PASSWORD = 'canary-9c1f';

async function ownRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** Starts a Redis, its replica, and a Sentinel that knows both. */
async function startSite() {
  // By default the replica is told to wait for others.
  const master = await ownRedis({ settings: ['repl-diskless-sync-delay 0'] });
  const replica = await ownRedis({ settings: [`replicaof 127.0.0.1 ${master.port}`] });
  while (!`${await replica.command('INFO', 'replication')}`.includes('master_link_status:up'));
  const sentinel = await ownRedis({
    isSentinel: true,
    settings: [
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds main 200',
      'sentinel failover-timeout main 10000',
    ],
  });
  // By default it asks them every ten seconds.
  await sentinel.command('SENTINEL', 'DEBUG', 'INFO-PERIOD', '50', 'PUBLISH-PERIOD', '50', 'PING-PERIOD', '50');
  while (!`${await sentinel.command('SENTINEL', 'REPLICAS', 'main')}`.includes('master-link-status,ok'));
  return { master, replica, sentinel };
}

describe.runIf(hasRedis)('a backplane behind Sentinels', () => {
  test('works on the new master after a failover', async () => {
    const { master, replica, sentinel } = await startSite();
    const url = `redis-sentinel://127.0.0.1:${await freePort()},127.0.0.1:${sentinel.port}/main`;
    const [node, other] = [await openRedis(url, SHORT_LIMITS), await openRedis(url, SHORT_LIMITS)];
    await carries(node, 'before');
    await master.kill();
    await Promise.all([node, other].map(({ observer }) => observer.until('opened', 2)));
    await node.backplane.subscribe(['after']);
    await carries(other, 'after');
    await node.observer.until('message', 2);
    expect(node.observer.texts).toEqual(['before works', 'after works']);
    expect(node.observer.losses.map(({ problem }) => problem)).toEqual(['unreachable']);
    expect(await node.backplane.takeTurn('x', 60_000)).toBe(true);
    expect(await replica.command('EXISTS', 'test:turn:x')).toBe(1);
  });

  test('is moved by a failover while the old master goes on as a replica', async () => {
    const { replica, sentinel } = await startSite();
    const node = await openRedis(`redis-sentinel://127.0.0.1:${sentinel.port}/main`, SHORT_LIMITS);
    // It does so when it knows enough of the replica.
    while (`${await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')}` !== `127.0.0.1,${replica.port}`)
      await sentinel.command('SENTINEL', 'FAILOVER', 'main').catch(() => {});
    await node.observer.until('opened', 2);
    await carries(node, 'after');
    expect(await node.backplane.takeTurn('x', 60_000)).toBe(true);
    expect(await replica.command('EXISTS', 'test:turn:x')).toBe(1);
  });

  test('waits when no Sentinel answers, or none knows the name', async () => {
    const sentinel = await ownRedis({ isSentinel: true });
    const unknown = openingRedis(`redis-sentinel://127.0.0.1:${sentinel.port}/other`, SHORT_LIMITS);
    await unknown.observer.until('lost', 1);
    expect(unknown.observer.losses).toMatchObject([
      {
        problem: 'unreachable',
        message: `The Sentinel at 127.0.0.1:${sentinel.port} knows no master of this name: check the name in the URL.`,
      },
    ]);
    sentinel.pause();
    const silent = openingRedis(`redis-sentinel://127.0.0.1:${sentinel.port}/main`, SHORT_LIMITS);
    await silent.observer.until('lost', 1);
    expect(silent.observer.losses).toMatchObject([{ problem: 'unreachable' }]);
    // It is closed while Sentinels are asked.
    await Promise.all([unknown.backplane.close(), silent.backplane.close()]);
  });

  test('logs in to Sentinels with their own password', async () => {
    const sentinel = await ownRedis({ isSentinel: true, settings: [`requirepass ${PASSWORD}`] });
    for (const query of ['', '?sentinelPassword=canary-wrong']) {
      const node = openingRedis(`redis-sentinel://127.0.0.1:${sentinel.port}/main${query}`, SHORT_LIMITS);
      await node.observer.until('lost', 1);
      expect(node.observer.losses).toMatchObject([
        { problem: 'refused', message: expect.stringMatching(/does not let this server in(?!.*canary)/) },
      ]);
    }
    const master = await ownRedis({ settings: ['requirepass canary-of-redis'] });
    const known = await ownRedis({
      isSentinel: true,
      settings: [
        `requirepass ${PASSWORD}`,
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        'sentinel auth-pass main canary-of-redis',
      ],
    });
    const url = `redis-sentinel://:canary-of-redis@127.0.0.1:${known.port}/main/2?sentinelPassword=${PASSWORD}`;
    await carries(await openRedis(url), 'x');
  });
});
