// Nodes that die, and nodes that only seem to: processes of their own, which share a Redis and a database.
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { callsTo, connect } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { hasRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { NodeProcess, ownRedis, startNodes } from './node-process.ts';

const ENDED = 'a node has died: sessions that were open are closed as lost';
const detailed = { detailedErrors: true };

function database() {
  return `sqlite:${join(temporaryFolder(), 'shared.db')}`;
}

/** User, node and end of each session. */
async function sessionsOf(node: NodeProcess): Promise<readonly string[]> {
  const sessions = await node.ask('sessions');
  const told = ({ user, nodeId, closeReason }: SessionRecord) => `${user} on ${nodeId}: ${closeReason ?? 'open'}`;
  return sessions.map(told).sort();
}

const endsToldBy = (nodes: readonly NodeProcess[]) =>
  nodes.flatMap(({ lines }) => lines.all.filter(({ text }) => text === ENDED).map(({ data }) => data));

describe.runIf(hasRedis)('a node that', () => {
  test('is killed takes its clients with it: who asks them hears that, and one node ends their sessions', async () => {
    const options = { storage: database(), hubOptions: detailed };
    const [a, b, c] = await startNodes(
      (await ownRedis()).url,
      { nodeId: 'a', ...options },
      { nodeId: 'b', ...options },
      { nodeId: 'c', ...options },
    );
    const [ann, bob, cat] = [await connect(a.url('ann')), await connect(b.url('bob')), await connect(c.url('cat'))];
    const dan = await connect(c.url('dan'));
    for (const client of [ann, bob, cat, dan]) await client.invoke('Join', 'room');
    await expect.poll(() => sessionsOf(a)).toHaveLength(4);
    const asked = new Inbox<string>();
    cat.on('Asked', (text: string) => {
      asked.put(text);
      return new Promise(() => {});
    });
    const { connectionId } = cat;
    const pending = [ann.invoke('Ask', connectionId, 'of ann'), bob.invoke('Ask', connectionId, 'of bob')];
    const ends = Promise.all(pending.map((each) => expect(each).rejects.toThrow('DisconnectedError')));
    await asked.until(2);

    await c.kill();

    await ends;
    for (const node of [a, b]) await node.ask('linkedWith', 1);
    for (const [node, client] of [
      [a, ann],
      [b, bob],
    ] as const) {
      expect(await node.ask('count')).toBe(2);
      expect(await client.invoke('Members', 'room')).toEqual([ann.connectionId, bob.connectionId].sort());
      await expect(client.invoke('Ask', connectionId, 'late')).rejects.toThrow('DisconnectedError');
      await expect.poll(() => node.ask('status')).toMatchObject({ waiting: 0, problems: [] });
    }
    await expect
      .poll(() => sessionsOf(a))
      .toEqual(['ann on a: open', 'bob on b: open', 'cat on c: lost', 'dan on c: lost']);
    expect(endsToldBy([a, b])).toEqual([{ lost: 2, ofNode: 'c' }]);
  });

  test('is stopped for longer than its lease counts as dead, and afterwards as alive, with its clients', async () => {
    const options = { storage: database() };
    const [a, b] = await startNodes((await ownRedis()).url, { nodeId: 'a', ...options }, { nodeId: 'b', ...options });
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    const heard = callsTo<[string]>(bob, 'Heard');
    await bob.invoke('Join', 'room');
    await expect.poll(() => sessionsOf(a)).toEqual(['ann on a: open', 'bob on b: open']);
    b.pause();
    await a.ask('linkedWith', 0);
    await expect.poll(() => sessionsOf(a)).toEqual(['ann on a: open', 'bob on b: lost']);
    expect(await a.ask('count')).toBe(1);
    await ann.invoke('ToUser', 'bob', 'meanwhile');

    b.resume();

    await b.logged('the lease of this node had run out: the others have taken it for dead meanwhile');
    for (const node of [a, b]) await node.ask('linkedWith', 1);
    await ann.invoke('ToGroup', 'room', 'after');
    await heard.first(([text]) => text === 'after');
    await ann.invoke('ToClient', bob.connectionId, 'to the connection');
    await heard.first(([text]) => text === 'to the connection');
    await bob.invoke('ToUser', 'bob', 'at home');
    await heard.first(([text]) => text === 'at home');
    expect(new Set(heard.all.flat()).size).toBe(heard.length);
    for (const node of [a, b]) await expect.poll(() => node.ask('count')).toBe(2);
    await expect.poll(() => sessionsOf(a)).toEqual(['ann on a: open', 'bob on b: open']);
    expect(endsToldBy([a, b])).toEqual([{ lost: 1, ofNode: 'b' }]);
  });

  test('is started again with another id within its old lease ends its old sessions when that has run out', async () => {
    const { url } = await ownRedis();
    const options = { storage: database() };
    const [first] = await startNodes(url, { nodeId: 'first', ...options });
    await connect(first.url('ann'));
    await expect.poll(() => sessionsOf(first)).toEqual(['ann on first: open']);
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    const [lease = ''] = await redis.keys('*:lease:first');
    await first.kill();
    // What it has sent last may be a renewal: Redis has done that when it has let go of its connections.
    await expect
      .poll(
        async () =>
          String(await redis.client('LIST'))
            .trim()
            .split('\n').length,
      )
      .toBe(1);
    // A minute for it and the list of all leases, so that they are still there now; the new start has a short one.
    for (const key of await redis.keys('*')) expect(await redis.pexpire(key, 60_000)).toBe(1);
    const second = await NodeProcess.start({ backplane: url, nodeId: 'second', ...options });
    expect(await sessionsOf(second)).toEqual(['ann on first: open']);
    await redis.pexpire(lease, 1);
    await expect.poll(() => sessionsOf(second)).toEqual(['ann on first: lost']);
    expect(endsToldBy([second])).toEqual([{ lost: 1, ofNode: 'first' }]);
  });
});
