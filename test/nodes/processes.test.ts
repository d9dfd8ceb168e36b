// Three nodes as users run them: processes of their own, over a real Redis, with clients of every kind on each.
import type { HubConnection } from '@microsoft/signalr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callsTo, closed, connect } from '../support/clients.ts';
import { PlainClient } from '../support/plain-client.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';
import { NodeProcess } from './node-process.ts';

/** Long, so that nothing but a node that ends is ever taken for dead. */
const LEASE_MS = 10_000;

let redis: RedisServer;
let nodes: readonly NodeProcess[] = [];

beforeAll(async () => {
  if (!hasRedis) return;
  redis = await startRedis();
  const options = { backplane: redis.url, leaseMs: LEASE_MS };
  nodes = ['a', 'b', 'c'].map((nodeId) => new NodeProcess({ ...options, nodeId }));
  await Promise.all(nodes.map((node) => node.listen()));
  await Promise.all(nodes.map((node) => node.ask('linkedWith', 2)));
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await redis?.stop();
});

const at = (n: number) => nodes[n] as NodeProcess;
const heardBy = (client: HubConnection) => callsTo<[string]>(client, 'Heard');

describe.runIf(hasRedis)('nodes in processes of their own', () => {
  describe.each(TRANSPORT_PROTOCOLS)('with clients over %s in %s', (...way) => {
    const join = (node: number, user: string) => connect(at(node).url(user), by(way));

    test('carry messages to everybody, a group, a user and a connection', async () => {
      const [ann, bob, cat] = [await join(0, 'ann'), await join(1, 'bob'), await join(2, 'cat')];
      const plain = await PlainClient.open(at(1).port, { path: '/hub/ws?user=dan' });
      const heard = [ann, bob, cat].map(heardBy);
      await Promise.all([ann, bob].map((client) => client.invoke('Join', 'room')));
      expect((await plain.call('Join', 'room', 1)).type).toBe('result');
      await ann.invoke('ToGroup', 'room', 'group');
      await ann.invoke('ToOthersInGroup', 'room', 'others in group');
      await ann.invoke('ToUser', 'cat', 'whisper to a user');
      await ann.invoke('ToClient', bob.connectionId, 'whisper to a connection');
      await ann.invoke('ToUser', 'dan', 'whisper to plain');
      await ann.invoke('ToOthers', 'others');
      await ann.invoke('ToAll', 'end');
      for (const inbox of heard) await inbox.first(([text]) => text === 'end');
      await plain.envelopes.first(({ payload }) => payload === 'end');
      expect(heard.map(({ all }) => all.flat())).toEqual([
        ['group', 'end'],
        ['group', 'others in group', 'whisper to a connection', 'others', 'end'],
        ['whisper to a user', 'others', 'end'],
      ]);
      expect(plain.payloads('Heard')).toEqual(['group', 'others in group', 'whisper to plain', 'others', 'end']);
    });

    test('answer calls and streams, and ask clients of each other', async () => {
      const [ann, bob] = [await join(0, 'ann'), await join(2, 'bob')];
      bob.on('Asked', (text: string) => {
        if (text === 'fail') throw new Error('not today');
        return `${text}, says bob`;
      });
      expect(await ann.invoke('Ask', bob.connectionId, 'hello')).toBe('hello, says bob');
      await expect(ann.invoke('Ask', bob.connectionId, 'fail')).rejects.toThrow('not today');
      expect(await at(1).ask('ask', bob.connectionId as string, 'you there')).toBe('you there, says bob');
      const items: number[] = [];
      await new Promise<void>((complete, error) => {
        bob.stream<number>('Numbers', 50).subscribe({ next: (item) => void items.push(item), complete, error });
      });
      expect(items).toEqual(Array.from({ length: 50 }, (_, n) => n));
    });

    test('list and count the members of a group, and end connections of each other', async () => {
      const clients = [await join(0, 'ann'), await join(1, 'bob'), await join(2, 'bob'), await join(2, 'cat')];
      const [ann, bob, , cat] = clients as [HubConnection, HubConnection, HubConnection, HubConnection];
      await bob.invoke('Join', 'few');
      await ann.invoke('JoinOther', cat.connectionId, 'few');
      for (const client of clients) {
        expect(await client.invoke('Members', 'few')).toEqual([bob.connectionId, cat.connectionId].sort());
        expect(await client.invoke('Count', 'few')).toBe(2);
      }
      expect([...(await at(0).ask('find'))].sort()).toEqual(clients.map(({ connectionId }) => connectionId).sort());
      const ends = clients.slice(1).map(closed);
      await ann.invoke('EndUser', 'bob');
      await ann.invoke('EndClient', cat.connectionId);
      await Promise.all(ends);
      await expect.poll(() => at(1).ask('count')).toBe(1);
    });
  });

  test('are empty when all clients have gone, and have missed nothing', async () => {
    await expect.poll(() => at(0).ask('count')).toBe(0);
    for (const node of nodes) {
      expect(await node.ask('status')).toMatchObject({
        state: 'linked',
        problems: [],
        ...{ gaps: 0, unshared: {}, faults: {}, connections: 0, waiting: 0 },
      });
      expect(node.lines.all.filter(({ level }) => level !== 'info')).toEqual([]);
    }
  });
});
