// What comes over Redis is not trusted: whoever may write to it can send anything. Nothing of it is thrown, everything
// goes on, and it is counted.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Envelopes, MAXIMUM_ENVELOPE_BYTES } from '../../src/backplane/wire/envelope.ts';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { type NodeProcess, ownRedis, startNodes } from './node-process.ts';
import type { NodeOptions } from './node-requests.ts';
import { Wiretap } from './wiretap.ts';

const SECRET = 'the secret of the nodes, which nobody else knows';
const WRONG = 'the secret of somebody else, who may write to Redis';
// Without it Redis cuts those who hear a message that is longer than 32 MiB.
const UNLIMITED = 'client-output-buffer-limit pubsub 0 0 0';

/** Long, so that nothing is lost while a node reads a message of 32 MiB. */
const leaseMs = 10_000;

async function site(given: NodeOptions) {
  const options = { leaseMs, ...given };
  const redis = await ownRedis(UNLIMITED);
  const [a, b] = await startNodes(redis.url, { nodeId: 'a', ...options }, { nodeId: 'b', ...options });
  const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
  const heard = [ann, bob].map((client) => callsTo<[string]>(client, 'Heard'));
  for (const client of [ann, bob]) await client.invoke('Join', 'room');
  const tap = await Wiretap.on(redis.port);
  const channels = ['ctl', 'd:/hub:all', 'd:/hub:g:room', 'd:/hub:u:bob', (await b.ask('status')).inbox];
  return { a, b, ann, bob, heard, tap, channels };
}

/** Number of faults of each kind at a node. */
const faultsOf = async (node: NodeProcess) => (await node.ask('status')).faults;
const sum = (faults: Readonly<Record<string, number>>) => Object.values(faults).reduce((all, one) => all + one, 0);

describe.runIf(hasRedis)('nodes that get', () => {
  test('bytes that are no envelopes, of whatever form and length, leave them out, count them and go on', async () => {
    const { a, b, ann, bob, heard, tap, channels } = await site({});
    await ann.invoke('ToGroup', 'room', 'before');
    for (const inbox of heard) await inbox.until(1);
    const { bytes: genuine } = await tap.heard.first(({ channel }) => channel === 'd:/hub:g:room');
    const broken: Uint8Array[] = [
      new Uint8Array(0),
      Buffer.of(1),
      Buffer.of(1, 0, 255),
      Buffer.of(1, 2, 0, 0x90),
      Buffer.of(1, 0, 0, 0x93, 1, 0, 0x90),
      // Arrays and texts that say that they are longer than everything, and many arrays in each other.
      Buffer.concat([Buffer.of(1, 0, 1, 120), Buffer.of(0xdd, 0xff, 0xff, 0xff, 0xff)]),
      Buffer.concat([Buffer.of(1, 0, 1, 120), Buffer.of(0xdb, 0xff, 0xff, 0xff, 0xff)]),
      Buffer.concat([Buffer.of(1, 0, 1, 120), Buffer.alloc(100_000, 0x91)]),
      ...fc.sample(fc.uint8Array({ maxLength: 200 }), 200),
      ...fc.sample(fc.uint8Array({ maxLength: 60 }), 200).map((body) => Buffer.concat([Buffer.of(1, 0, 1, 120), body])),
      ...Array.from(genuine, (_, length) => genuine.subarray(0, length)),
    ];
    await Promise.all(broken.flatMap((bytes) => channels.map((channel) => tap.publish(channel, bytes))));
    await tap.publish('ctl', Buffer.alloc(MAXIMUM_ENVELOPE_BYTES + 1, 1));
    await ann.invoke('ToGroup', 'room', 'after');
    await heard[1]?.until(2);
    await bob.invoke('ToAll', 'end');
    for (const inbox of heard) expect((await inbox.until(3)).flat()).toEqual(['before', 'after', 'end']);
    const faults = await faultsOf(b);
    // A random one may be an envelope without items.
    expect(sum(faults)).toBeGreaterThanOrEqual(channels.length * (broken.length - 10));
    expect(faults).toMatchObject({
      'too-large': 1,
      version: expect.any(Number),
      malformed: expect.any(Number),
    });
    for (const node of [a, b]) expect(await node.ask('status')).toMatchObject({ state: 'linked', problems: [] });
    for (const node of [a, b]) expect(node.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('messages without their secret, or with another one, or of another channel, take none of them', async () => {
    const { a, b, ann, bob, heard, tap } = await site({ backplaneSecret: SECRET });
    await ann.invoke('ToUser', 'bob', 'genuine');
    await heard[1]?.until(1);
    const { bytes: genuine } = await tap.heard.first(({ channel }) => channel === 'd:/hub:u:bob');
    const before = await faultsOf(b);
    const record = (text: string) => Buffer.from(`{"type":1,"target":"Heard","arguments":["${text}"]}\u001e`);
    const forged = (text: string, secret: string | undefined) =>
      new Envelopes('forger', secret).write('d:/hub:all', {
        number: 1,
        previous: 0,
        items: [[1, ['json', record(text), 'messagepack', record(text)], null, null, null, null]],
      });
    await tap.publish('d:/hub:all', forged('unsigned', undefined));
    await tap.publish('d:/hub:all', forged('forged', WRONG));
    await tap.publish('d:/hub:g:room', forged('with their secret, for another channel', SECRET));
    await tap.publish('d:/hub:g:room', genuine);
    await tap.publish('d:/hub:u:bob', genuine);
    const changed = Buffer.from(genuine);
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
    await tap.publish('d:/hub:u:bob', changed);
    await tap.publish('d:/hub:u:bob', Buffer.concat([Buffer.of(1, 1, 3), randomBytes(200)]));
    await expect.poll(() => faultsOf(b)).toEqual({ ...before, unsigned: 1, forged: 5, repeated: 1 });
    await bob.invoke('ToAll', 'end');
    expect((await heard[0]?.until(1))?.flat()).toEqual(['end']);
    expect((await heard[1]?.until(2))?.flat()).toEqual(['genuine', 'end']);
    for (const node of [a, b]) expect(await node.ask('status')).toMatchObject({ state: 'linked', gaps: 0 });
  });

  test('the secret of others hear nothing of them, and count it', async () => {
    const redis = await ownRedis();
    const [a, b] = await startNodes(
      redis.url,
      { nodeId: 'a', leaseMs, backplaneSecret: SECRET },
      { nodeId: 'b', leaseMs, backplaneSecret: WRONG },
    );
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    const heard = [ann, bob].map((client) => callsTo<[string]>(client, 'Heard'));
    await ann.invoke('ToAll', 'of ann');
    await bob.invoke('ToAll', 'of bob');
    for (const node of [a, b]) {
      await expect.poll(async () => (await faultsOf(node)).forged).toBeGreaterThan(1);
    }
    expect((await heard[0]?.until(1))?.flat()).toEqual(['of ann']);
    expect((await heard[1]?.until(1))?.flat()).toEqual(['of bob']);
  });
});
