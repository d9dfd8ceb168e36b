// What a Redis keeps of the history of groups, and what becomes of it when some of it is evicted.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { LogPage } from '../../src/backplane/log-store.ts';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { openRedis } from '../support/redis-backplanes.ts';
import { addThree, append, KINDS, read, remove, STATE, textsOf } from '../support/redis-logs.ts';

const MINUTE_MS = 60_000;

async function ownRedis(...settings: readonly string[]): Promise<RedisServer> {
  const server = await startRedis({ settings });
  onTestFinished(() => server.stop());
  return server;
}

describe.runIf(hasRedis)('the history of a group in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  test('has five kinds of keys, which end: the state twice as late as the entries', async () => {
    const own = await ownRedis();
    const node = await openRedis(own.url);
    await addThree(node, 'a:b');
    await append(node, 'a:b', 'without an id');
    await remove(node, 'a:b', 'm2');
    const keys = ((await own.command('KEYS', '*')) as string[]).sort();
    const known = ['m1', 'm2', 'm3'].map((id) => `test:log-known:3:a:b:${id}`);
    expect(keys).toEqual([...KINDS.map((kind) => `test:${kind}:a:b`), ...known].sort());
    const minutes = await Promise.all(
      keys.map(async (key) => [key, Math.ceil(Number(await own.command('PTTL', key)) / MINUTE_MS)]),
    );
    expect(Object.fromEntries(minutes)).toEqual({
      'test:log-state:a:b': 20,
      'test:log:a:b': 10,
      'test:log-ids:a:b': 10,
      'test:log-removed:a:b': 20,
      ...Object.fromEntries(known.map((key) => [key, 5])),
    });
    // Who only reads keeps nothing longer.
    await own.command('PEXPIRE', 'test:log-state:a:b', MINUTE_MS);
    await read(node, 'a:b');
    expect(await own.command('PTTL', 'test:log-state:a:b')).toBeLessThanOrEqual(MINUTE_MS);
    await append(node, 'a:b', 'more');
    expect(await own.command('PTTL', 'test:log-state:a:b')).toBeGreaterThan(MINUTE_MS);
    expect(await own.command('PUBSUB', 'CHANNELS')).toEqual([]);
    await node.backplane.logs.follow(['a:b']);
    expect(await own.command('PUBSUB', 'CHANNELS')).toEqual(['test:log-channel:a:b']);
  });

  test('keeps as many keys for a thousand messages without ids as for one', async () => {
    const own = await ownRedis();
    const node = await openRedis(own.url);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => append(node, 'log', `${n}`)));
    expect(((await own.command('KEYS', '*')) as string[]).sort()).toEqual(['test:log-state:log', 'test:log:log']);
    expect(await own.command('XLEN', 'test:log:log')).toBe(STATE.size);
  });

  test('begins an epoch when its state was evicted: entries stay, and numbers go on', async () => {
    const node = await openRedis(server.url);
    await addThree(node, 'state');
    // The newest number is that of an entry which is not there.
    await remove(node, 'state', 'm3');
    const before = await read(node, 'state');
    await server.command('DEL', 'test:log-state:state');
    const { epoch, base, last, removals, ...page } = await read(node, 'state');
    expect([base, last, removals]).toEqual([3, 3, 0]);
    expect(epoch).not.toBe(before.epoch);
    expect(textsOf(page as LogPage)).toEqual(['1 text 1', '2 text 2', '3 removed']);
    expect((await append(node, 'state', 'text 4')).position).toEqual({ epoch, offset: 4 });
    await remove(node, 'state', 'm1');
    expect(textsOf(await read(node, 'state'))).toEqual(['1 removed', '2 text 2', '3 removed', '4 text 4']);
  });

  test('goes on behind entries that were evicted', async () => {
    const node = await openRedis(server.url);
    await addThree(node, 'stream');
    const before = await read(node, 'stream');
    await server.command('DEL', 'test:log:stream');
    expect(await read(node, 'stream')).toMatchObject({ epoch: before.epoch, last: 3, entries: [] });
    expect((await read(node, 'stream', { after: { messageId: 'm2' }, isWhole: true })).after).toBe(undefined);
    expect(await remove(node, 'stream', 'm2')).toBe(undefined);
    expect((await append(node, 'stream', 'text 4')).position).toEqual({ epoch: before.epoch, offset: 4 });
    expect(textsOf(await read(node, 'stream'))).toEqual(['4 text 4']);
  });

  test('takes nothing of what is left for its own when state and entries were evicted', async () => {
    const node = await openRedis(server.url);
    await addThree(node, 'both');
    await remove(node, 'both', 'm3');
    await server.command('DEL', 'test:log-state:both', 'test:log:both');
    for (const text of ['new 1', 'new 2']) await append(node, 'both', text);
    const page = await read(node, 'both');
    expect([textsOf(page), page.base, page.last]).toEqual([['1 new 1', '2 new 2'], 0, 2]);
    expect((await read(node, 'both', { after: { messageId: 'm1' }, isWhole: false })).after).toBe(undefined);
    expect(await remove(node, 'both', 'm1')).toBe(undefined);
    expect(textsOf(await read(node, 'both'))).toEqual(['1 new 1', '2 new 2']);
  });

  test.each([
    ['ids', 'test:log-ids:less-ids', ['1 text 1', '2 removed', '3 text 3'], undefined, 3],
    ['removed entries', 'test:log-removed:less-removed', ['1 text 1', '3 text 3'], 3, 3],
    ['known ids', 'test:log-known:10:less-known:m3', ['1 text 1', '2 removed', '3 text 3', '4 text 3'], 3, 4],
  ])('of which the %s were evicted loses nothing else', async (_what, key, texts, after, offset) => {
    const log = key.split(':').find((part) => part.startsWith('less')) as string;
    const node = await openRedis(server.url);
    await addThree(node, log);
    await remove(node, log, 'm2');
    expect(await server.command('DEL', key)).toBe(1);
    expect((await read(node, log, { after: { messageId: 'm3' }, isWhole: false })).after).toBe(after);
    const { position } = await append(node, log, 'text 3', 'm3');
    expect(position.offset).toBe(offset);
    expect(textsOf(await read(node, log))).toEqual(texts);
    expect((await read(node, log)).epoch).toBe(position.epoch);
  });

  test('finds the later one of two entries with one id, also when the earlier one goes', async () => {
    const node = await openRedis(server.url);
    await addThree(node, 'twice');
    await server.command('DEL', 'test:log-known:5:twice:m3');
    await append(node, 'twice', 'again', 'm3');
    for (const text of ['5', '6', '7', '8']) await append(node, 'twice', text);
    const page = await read(node, 'twice', { after: { messageId: 'm3' }, isWhole: false });
    expect([page.after, textsOf(page)]).toEqual([4, ['5 5', '6 6', '7 7', '8 8']]);
    expect(await remove(node, 'twice', 'm3')).toMatchObject({ removals: 1 });
    expect(textsOf(await read(node, 'twice'))[0]).toBe('4 removed');
  });

  test('begins with the entry that cannot be added because the entries are ahead of the state', async () => {
    const node = await openRedis(server.url);
    await addThree(node, 'ahead');
    const older = (await server.command('HGETALL', 'test:log-state:ahead')) as string[];
    for (const n of [4, 5]) await append(node, 'ahead', `text ${n}`, `m${n}`);
    await server.command('HSET', 'test:log-state:ahead', ...older);
    expect((await append(node, 'ahead', 'text', 'm6')).position.offset).toBe(4);
    expect(textsOf(await read(node, 'ahead'))).toEqual(['4 text']);
    expect(await remove(node, 'ahead', 'm1')).toBe(undefined);
    expect((await append(node, 'ahead', 'next')).position.offset).toBe(5);
    expect(textsOf(await read(node, 'ahead'))).toEqual(['4 text', '5 next']);
  });

  test('reads the first entries that are kept behind those that are too old', async () => {
    const node = await openRedis(server.url);
    const { position } = await append(node, 'old', 'text 1');
    const now = Date.now();
    await server.command('DEL', 'test:log:old');
    for (let n = 1; n <= 40; n++) {
      const at = n <= 23 ? now - STATE.ttlMs - 1_000 : now;
      await server.command('XADD', 'test:log:old', `${n}-0`, 't', at, 'i', `m${n}`, 'd', `text ${n}`);
    }
    await server.command('HSET', 'test:log-state:old', 's', 40);
    for (const n of [3, 23, 25]) await server.command('XDEL', 'test:log:old', `${n}-0`);
    await server.command('ZADD', 'test:log-removed:old', 25, `25 ${now} m25`);
    const texts = async (after: number, limit: number) =>
      textsOf(await read(node, 'old', { after, limit, isWhole: false }));
    for (const after of [0, 2, 22, 23])
      expect(await texts(after, 3)).toEqual(['24 text 24', '25 removed', '26 text 26']);
    expect(await texts(24, 1)).toEqual(['25 removed']);
    expect(await texts(38, 5)).toEqual(['39 text 39', '40 text 40']);
    // With each entry two of them go.
    await node.backplane.logs.append('old', { ...STATE, size: 100, bytes: bytesOf('text 41'), messageId: undefined });
    expect(await server.command('XRANGE', 'test:log:old', '-', '+', 'COUNT', 1)).toEqual([['4-0', expect.anything()]]);
    expect((await read(node, 'old')).epoch).toBe(position.epoch);
  });

  test('carries messages of a MiB, as they are', async () => {
    const [node, other] = [await openRedis(server.url), await openRedis(server.url)];
    await other.backplane.logs.follow(['big']);
    const big = Array.from({ length: 4 }, (_, n) => new Uint8Array(1_048_576).fill(n + 1));
    await Promise.all(
      big.map((bytes, n) => node.backplane.logs.append('big', { ...STATE, bytes, messageId: `\n${n}` })),
    );
    await other.observer.until('appended', 4);
    const told = other.observer.seen.flatMap((event) => (event.type === 'appended' ? [event.entry] : []));
    const { entries } = await read(other, 'big');
    for (const all of [told, entries]) {
      expect(all.map(({ messageId }) => messageId)).toEqual(big.map((_, n) => `\n${n}`));
      expect(all.map(({ bytes }, n) => Buffer.compare(bytes as Uint8Array, big[n] as Uint8Array))).toEqual([
        0, 0, 0, 0,
      ]);
    }
  });
});
