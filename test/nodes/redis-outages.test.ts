// A Redis that goes away, or does not answer, under nodes in processes of their own.
import type { HubConnection } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';
import { type NodeProcess, ownRedis, startNodes } from './node-process.ts';

/** A member of the group `room` on a node, and what it hears. */
async function memberOf(node: NodeProcess, user: string) {
  const client = await connect(node.url(user));
  const heard = callsTo<[string]>(client, 'Heard');
  await client.invoke('Join', 'room');
  return { client, heard };
}

const say = (client: HubConnection, text: string) => client.invoke('ToGroup', 'room', text);

/** Two nodes with a member each. Redis goes, they go on by themselves, and are linked again when it is back. */
async function outage(url: string, go: () => unknown, comeBack: () => unknown): Promise<void> {
  const [a, b] = await startNodes(url, { nodeId: 'a' }, { nodeId: 'b' });
  const [ann, bob] = [await memberOf(a, 'ann'), await memberOf(b, 'bob')];
  await say(ann.client, 'before');
  for (const { heard } of [ann, bob]) await heard.until(1);
  await go();
  for (const node of [a, b]) expect((await node.ask('unlinked')).problems).toEqual(['backplane degraded']);
  await say(ann.client, 'of ann, meanwhile');
  await say(bob.client, 'of bob, meanwhile');
  for (const { client } of [ann, bob]) await client.invoke('Join', 'another');
  for (const node of [a, b])
    expect((await node.ask('status')).unshared).toMatchObject({ unlinked: expect.any(Number) });
  await comeBack();
  for (const node of [a, b]) expect((await node.ask('linkedWith', 1)).problems).toEqual([]);
  for (const node of [a, b]) await node.gaps.first((group) => group === 'room');
  await say(ann.client, 'of ann, after');
  for (const { heard } of [ann, bob]) await heard.until(3);
  await say(bob.client, 'of bob, after');
  for (const { heard } of [ann, bob]) await heard.until(4);
  expect(ann.heard.all.flat()).toEqual(['before', 'of ann, meanwhile', 'of ann, after', 'of bob, after']);
  expect(bob.heard.all.flat()).toEqual(['before', 'of bob, meanwhile', 'of ann, after', 'of bob, after']);
  await ann.client.invoke('ToGroup', 'another', 'to those who have joined meanwhile');
  await bob.heard.until(5);
  for (const node of [a, b]) expect((await node.ask('status')).faults).toEqual({});
}

describe.runIf(hasRedis)('nodes whose Redis', () => {
  test('is killed and started again serve their own clients, tell what was lost, and are one again', async () => {
    const redis = await ownRedis();
    await outage(
      redis.url,
      () => redis.kill(),
      () => redis.start(),
    );
  });

  test('is stopped and continued serve their own clients, tell what was lost, and are one again', async () => {
    const redis = await ownRedis();
    await outage(
      redis.url,
      () => redis.pause(),
      () => redis.resume(),
    );
  });

  test('does not reach one of them any more find that out by what does not come back', async () => {
    const redis = await ownRedis();
    const proxy = await startSilentProxy(redis.port);
    const [a, b] = await startNodes(`redis://127.0.0.1:${proxy.port}`, { nodeId: 'a' }, { nodeId: 'b' });
    const [ann, bob] = [await memberOf(a, 'ann'), await memberOf(b, 'bob')];
    const isSubscriberOfA = (sent: string) => /subscribe/i.test(sent) && sent.includes('signalbox:channel:n:a:');
    expect(proxy.silence(isSubscriberOfA)).toBe(1);
    // What node a sends still goes out, until it has noticed.
    await b.ask('send', ['group', 'room'], ['lost']);
    await bob.heard.until(1);
    await a.ask('unlinked');
    await a.ask('linkedWith', 1);
    expect(proxy.count(isSubscriberOfA)).toBe(2);
    await a.gaps.first((group) => group === 'room');
    await say(bob.client, 'after');
    expect(await ann.heard.until(1)).toEqual([['after']]);
    expect(await bob.heard.until(2)).toEqual([['lost'], ['after']]);
    expect(b.lines.all.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('cuts one of them that is too slow tell it what was lost, and send to it again', async () => {
    const redis = await ownRedis('client-output-buffer-limit pubsub 262144 0 0');
    // Long enough for the node that is stopped to stay alive.
    const leaseMs = 5_000;
    const [a, b] = await startNodes(redis.url, { nodeId: 'a', leaseMs }, { nodeId: 'b', leaseMs });
    const ann = await memberOf(a, 'ann');
    await b.ask('send', ['group', 'room'], ['before']);
    await ann.heard.until(1);
    a.pause();
    // More than the system keeps for sockets that are not read.
    await b.ask('burst', ['group', 'room'], 2_000, 16_384);
    await expect.poll(() => redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).not.toMatch(/\n.+\n/);
    a.resume();
    await a.gaps.first((group) => group === 'room');
    await a.ask('linkedWith', 1);
    await b.ask('send', ['group', 'room'], ['after']);
    await ann.heard.first(([text]) => text === 'after');
    const [first, ...rest] = ann.heard.all.map(([text]) => text.trimEnd());
    expect(first).toBe('before');
    expect(rest.pop()).toBe('after');
    expect(rest.length).toBeLessThan(2_000);
    expect(rest.map((text) => Number(text.split(' ')[0]))).toEqual(rest.map((_, n) => n));
  });
});
