// The history of a group on two nodes, whatever becomes of the data of their Redis.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Position } from '../../src/index.ts';
import { eventually } from '../support/inbox.ts';
import { hasRedis, type RedisServer } from '../support/redis.ts';
import { KEPT } from './history-hub.ts';
import {
  GROUP,
  latest,
  linked,
  memberOf,
  STATE_KEY,
  STREAM_KEY,
  sendAll,
  startNode,
  textsOf,
  unlinked,
} from './history-node.ts';
import { ownRedis } from './node-process.ts';

/** A port that leads to one Redis, and later to another one. */
async function movingPort(first: RedisServer) {
  let target = first.port;
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  return {
    url: `redis://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    move(to: RedisServer) {
      target = to.port;
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe.runIf(hasRedis)('the history of a group in a Redis', () => {
  test('that is killed and has its data again goes on in its epoch', async () => {
    const redis = await ownRedis('appendonly yes', 'appendfsync always');
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const ann = await memberOf(a);
    const before = await sendAll(b, '1', '2');
    await a.send('3', 'm3');
    await redis.kill();
    await unlinked(a, b);
    await expect(a.send('lost')).rejects.toThrow(/may not have been added/);
    expect(await a.history.since(before)).toMatchObject({ recovered: false, reason: 'outage' });
    await redis.start();
    await linked(a, b);
    // It stands there: nobody gets it again.
    expect(await b.send('3', 'm3')).toEqual({ ...before, offset: 3 });
    expect(await b.send('4')).toEqual({ ...before, offset: 4 });
    await eventually(() => ann.heard().length === 4);
    for (const node of [a, b]) expect(textsOf(await node.history.since(before))).toEqual(['3 3', '4 4']);
    expect(ann.heard()).toEqual(['1 1', '2 2', '3 3', '4 4']);
    expect(a.gaps).toEqual([]);
  });

  test('that is killed and comes back empty begins an epoch, and says so to who has a position', async () => {
    const redis = await ownRedis();
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const ann = await memberOf(a);
    const before = await sendAll(b, '1', '2', '3');
    await redis.kill();
    await unlinked(a, b);
    await redis.start();
    await linked(a, b);
    const after = await sendAll(b, 'new 1', 'new 2');
    expect([after.epoch === before.epoch, after.offset]).toEqual([false, 2]);
    await eventually(() => ann.heard().length === 5);
    expect(ann.heard()).toEqual(['1 1', '2 2', '3 3', '1 new 1', '2 new 2']);
    for (const { history } of [a, b])
      expect(await history.since(before)).toEqual({ recovered: false, reason: 'epoch', messages: [], position: after });
    expect(await latest(a)).toEqual(['1 new 1', '2 new 2']);
  });

  test('that is restored from an older snapshot begins an epoch, as soon as a node has seen more', async () => {
    const redis = await ownRedis();
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const ann = await memberOf(a);
    await sendAll(b, '1', '2', '3');
    await redis.command('SAVE');
    const before = await sendAll(b, '4', '5');
    await b.send('6', 'm6');
    await redis.kill();
    await unlinked(a, b);
    await redis.start();
    await linked(a, b);
    // Lost with what was not saved: it is sent again, and added.
    const after = (await b.send('6 again', 'm6')) as Position;
    expect([after.epoch === before.epoch, after.offset]).toEqual([false, 4]);
    await eventually(() => ann.heard().length === 7);
    expect(ann.heard().at(-1)).toBe('4 6 again');
    for (const { history } of [a, b])
      expect(await history.since(before)).toEqual({ recovered: false, reason: 'epoch', messages: [], position: after });
    // What stood there before can be read in the new epoch.
    for (const node of [a, b]) {
      expect(await latest(node)).toEqual(['1 1', '2 2', '3 3', '4 6 again']);
      expect(textsOf(await node.history.since({ ...after, offset: 1 }))).toEqual(['2 2', '3 3', '4 6 again']);
    }
    const c = await startNode(redis.url);
    expect(await c.history.since(before)).toMatchObject({ recovered: false, reason: 'epoch', position: after });
    expect(a.gaps).toEqual([GROUP]);
  });

  test('that fails over to a replica which had not got everything begins an epoch', async () => {
    const master = await ownRedis('repl-diskless-sync-delay 0');
    const replica = await ownRedis(`replicaof 127.0.0.1 ${master.port}`);
    const isUp = async () => `${await replica.command('INFO', 'replication')}`.includes('master_link_status:up');
    while (!(await isUp()));
    const place = await movingPort(master);
    const a = await startNode(place.url);
    const first = await sendAll(a, '1', '2', '3');
    const isThere = async () => (await replica.command('XLEN', STREAM_KEY)) === 3;
    while (!(await isThere()));
    // From here on it gets nothing: it has become a master of its own.
    await replica.command('REPLICAOF', 'NO', 'ONE');
    const before = await sendAll(a, '4', '5');
    expect(before).toEqual({ ...first, offset: 5 });
    place.move(replica);
    await unlinked(a);
    await linked(a);
    const after = (await a.send('new')) as Position;
    expect([after.epoch === before.epoch, after.offset]).toEqual([false, 4]);
    expect(await a.history.since(before)).toMatchObject({ recovered: false, reason: 'epoch', position: after });
    expect(await latest(a)).toEqual(['1 1', '2 2', '3 3', '4 new']);
  });

  test('that has evicted the state of the group begins an epoch, in which entries stay and numbers go on', async () => {
    const redis = await ownRedis();
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const ann = await memberOf(a);
    const before = await sendAll(b, '1', '2', '3');
    await redis.command('DEL', STATE_KEY);
    const after = (await b.send('4')) as Position;
    expect([after.epoch === before.epoch, after.offset]).toEqual([false, 4]);
    await eventually(() => ann.heard().length === 4);
    expect(ann.heard()).toEqual(['1 1', '2 2', '3 3', '4 4']);
    for (const node of [a, b]) {
      expect(await node.history.since(before)).toMatchObject({ recovered: false, reason: 'epoch', position: after });
      expect(await latest(node)).toEqual(['1 1', '2 2', '3 3', '4 4']);
      expect(textsOf(await node.history.since({ ...after, offset: 2 }))).toEqual(['3 3', '4 4']);
    }
  });

  test('that has evicted the entries says that they are trimmed, unless a node has them', async () => {
    const redis = await ownRedis();
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const ann = await memberOf(a);
    const before = await sendAll(a, '1', '2', '3');
    await redis.command('DEL', STREAM_KEY);
    const from = { ...before, offset: 1 };
    expect(textsOf(await a.history.since(from))).toEqual(['2 2', '3 3']);
    expect(await b.history.since(from)).toEqual({
      recovered: false,
      reason: 'trimmed',
      messages: [],
      position: before,
    });
    expect(await b.send('4')).toEqual({ ...before, offset: 4 });
    await eventually(() => ann.heard().length === 4);
    for (const { history } of [a, b]) expect(textsOf(await history.since(before))).toEqual(['4 4']);
    expect(await b.history.since(from)).toMatchObject({ recovered: false, reason: 'trimmed' });
  });

  test('that trims it under load is read without a gap, or the reason is told', async () => {
    const redis = await ownRedis();
    const kept = { ...KEPT, size: 400 };
    const [a, b] = [await startNode(redis.url, {}, kept), await startNode(redis.url, {}, kept)];
    await sendAll(a, ...Array<string>(kept.size).fill('x'));
    const outcomes = new Set<string>();
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; round < 200; round++) await sendAll(a, ...Array<string>(1 + (round % 20)).fill('x'));
      isOver = true;
    })();
    let newest = (await b.history.latest({ limit: 1 }))[0]?.position as Position;
    while (!isOver) {
      // It has to be read: a node keeps 300 entries itself.
      const from = { ...newest, offset: newest.offset - kept.size + 15 };
      const recovery = await b.history.since(from, { limit: 1_000 });
      outcomes.add(recovery.recovered ? 'recovered' : recovery.reason);
      newest = recovery.position as Position;
      if (!recovery.recovered) continue;
      const expected = Array.from({ length: newest.offset - from.offset }, (_, n) => from.offset + 1 + n);
      expect(recovery.messages.map(({ position }) => position.offset)).toEqual(expected);
    }
    await writing;
    expect([...outcomes].filter((outcome) => outcome !== 'trimmed')).toEqual(['recovered']);
    const trimmed = { ...newest, offset: newest.offset - kept.size - 1 };
    expect(await b.history.since(trimmed, { limit: 1_000 })).toMatchObject({ recovered: false, reason: 'trimmed' });
    expect(b.gaps).toEqual([]);
  });

  test('carries a message of a MiB to members of all nodes, and to who comes later', async () => {
    const redis = await ownRedis();
    const [a, b] = [await startNode(redis.url), await startNode(redis.url)];
    const members = [await memberOf(a), await memberOf(b)];
    const big = 'é'.repeat(524_288);
    const before = await sendAll(a, 'first');
    await sendAll(a, big, 'last');
    for (const { heard } of members) {
      await eventually(() => heard().length === 3);
      expect(heard()).toEqual(['1 first', `2 ${big}`, '3 last']);
    }
    const c = await startNode(redis.url);
    expect(textsOf(await c.history.since(before))).toEqual([`2 ${big}`, '3 last']);
  });
});
