// What a backplane does in Redis: names, commands and connections.
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { callAll, carries, openingRedis, openRedis, SHORT_LIMITS } from '../support/redis-backplanes.ts';

/** Starts a TCP server. @param accept Gets each connection, and its number from 0. */
async function listen(accept: (socket: import('node:net').Socket, n: number) => void): Promise<number> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    accept(socket, count);
    count += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe.runIf(hasRedis)('a backplane in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  /** Calls of each command since the statistics began. */
  async function calls(): Promise<Readonly<Record<string, number>>> {
    const stats = `${await server.command('INFO', 'commandstats')}`;
    return Object.fromEntries(
      [...stats.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]),
    );
  }

  test('begins every key and channel with its prefix, and leaves no key without an end', async () => {
    const node = await openRedis(server.url);
    await Promise.all(callAll(node));
    await node.backplane.renewLease({ nodeId: 'kept', bootId: 'k', ms: 60_000 });
    const keys = (await server.command('KEYS', '*')) as string[];
    expect(keys.sort()).toEqual(['test:lease:a', 'test:lease:kept', 'test:nodes', 'test:tokens:x', 'test:turn:x']);
    for (const key of keys) expect(await server.command('PTTL', key), key).toBeGreaterThan(0);
    expect(await server.command('PUBSUB', 'CHANNELS')).toEqual(['test:channel:y']);
    expect(await server.command('PUBSUB', 'NUMPAT')).toBe(0);
  });

  test('subscribes in commands of 512 channels, and runs scripts by their hashes alone', async () => {
    const node = await openRedis(server.url);
    await server.command('CONFIG', 'RESETSTAT');
    const channels = Array.from({ length: 1_025 }, (_, n) => `${n}`);
    await node.backplane.subscribe(channels);
    node.backplane.unsubscribe(channels);
    await node.backplane.subscribe(['end']);
    await Promise.all(callAll(node));
    const counted = await calls();
    expect(counted).toMatchObject({ subscribe: 5, unsubscribe: 3, evalsha: 3, publish: 1 });
    expect(Object.keys(counted)).not.toEqual(expect.arrayContaining(['eval']));
  });

  test('forgets nodes that are gone', async () => {
    const node = await openRedis(server.url);
    await node.backplane.renewLease({ nodeId: 'short', bootId: 's', ms: 1 });
    await node.backplane.renewLease({ nodeId: 'long', bootId: 'l', ms: 60_000 });
    const isKnown = () => server.command('SISMEMBER', 'test:nodes', 'short');
    while ((await isKnown()) === 1) await node.backplane.renewLease({ nodeId: 'long', bootId: 'l', ms: 60_000 });
    expect(await server.command('SISMEMBER', 'test:nodes', 'long')).toBe(1);
  });

  test('has two connections, and two again after one was lost', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const node = await openRedis(own.url, SHORT_LIMITS);
    const connections = async () =>
      `${await own.command('CLIENT', 'LIST')}`.split('\n').filter((line) => line.includes(' name=signalbox ')).length;
    expect(await connections()).toBe(2);
    for (const type of ['normal', 'pubsub']) {
      const before = node.observer.losses.length;
      await node.backplane.subscribe(['x']);
      await own.command('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
      await node.observer.until('opened', before + 2);
      expect(node.observer.losses.length).toBe(before + 1);
      while ((await connections()) !== 2);
    }
    await node.backplane.close();
    while ((await connections()) !== 0);
  });

  test('tells of an outage once, however often it tries', async () => {
    const tries = new Inbox<number>();
    let isAway = true;
    const port = await listen((socket, n) => {
      tries.put(n);
      if (isAway) return void socket.destroy();
      const far = dial(server.port, '127.0.0.1');
      socket.pipe(far).pipe(socket);
      far.on('error', () => {});
      socket.on('close', () => far.destroy());
    });
    const node = openingRedis(`redis://127.0.0.1:${port}`, SHORT_LIMITS);
    await tries.until(10);
    expect(node.observer.seen.map(({ type }) => type)).toEqual(['lost']);
    isAway = false;
    await node.observer.until('opened', 1);
    expect(node.observer.seen.map(({ type }) => type)).toEqual(['lost', 'opened']);
  });

  test('is not open while its two connections lead to two servers', async () => {
    const other = await startRedis();
    onTestFinished(() => other.stop());
    const tries = new Inbox<number>();
    let isBalanced = true;
    const port = await listen((socket, n) => {
      tries.put(n);
      const far = dial(isBalanced && n % 2 === 1 ? other.port : server.port, '127.0.0.1');
      socket.pipe(far).pipe(socket);
      far.on('error', () => {});
      socket.on('close', () => far.destroy());
    });
    const node = openingRedis(`redis://127.0.0.1:${port}`, { ...SHORT_LIMITS, connectMs: 200 });
    await tries.until(4);
    expect(node.observer.losses).toMatchObject([
      {
        problem: 'unreachable',
        message: expect.stringMatching(/was not ready within 200 ms: .*that its name leads to one server alone\.$/),
      },
    ]);
    isBalanced = false;
    await node.observer.until('opened', 1);
    await carries(node, 'z');
  });

  test('does not keep the process from ending a connection that is being made', async () => {
    const tries = new Inbox<number>();
    const closed = new Inbox<number>();
    const port = await listen((socket, n) => {
      tries.put(n);
      socket.resume().on('close', () => closed.put(n));
    });
    const node = openingRedis(`redis://127.0.0.1:${port}`);
    await tries.until(2);
    await node.backplane.close();
    await closed.until(2);
    expect(node.observer.seen).toEqual([]);
  });

  test('needs nobody who awaits its calls', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    const node = await openRedis(server.url);
    void callAll(node);
    await node.backplane.close();
    void callAll(node);
    node.backplane.unsubscribe(['x']);
    let turns = 0;
    await eventually(() => ++turns > 10);
    expect(rejections).toEqual([]);
  });

  test('carries what is published in one call in one write', async () => {
    const chunks: number[] = [];
    const port = await listen((socket) => {
      const far = dial(server.port, '127.0.0.1');
      socket.on('data', (chunk) => {
        if (chunk.includes('publish') && chunk.includes('channel:x'))
          chunks.push(chunk.toString('latin1').split('publish').length - 1);
        far.write(chunk);
      });
      far.on('error', () => {}).pipe(socket);
      socket.on('close', () => far.destroy());
    });
    const node = await openRedis(`redis://127.0.0.1:${port}`);
    await node.backplane.publish(Array.from({ length: 50 }, (_, n) => ({ channel: 'x', bytes: bytesOf(`${n}`) })));
    expect(chunks).toEqual([50]);
  });
});
