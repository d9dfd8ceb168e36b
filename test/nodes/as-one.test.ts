// Servers that are one: what is done on one of them reaches the clients of the others.
import { HttpTransportType, type HubConnection } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { DisconnectedError, type HubContext } from '../../src/index.ts';
import { callsTo, closed, connect, inMessagePack } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { PlainClient } from '../support/plain-client.ts';
import type { TestServer } from '../support/test-server.ts';
import type { NodeClient } from './node-hub.ts';
import { KINDS, newBackplane, startNodes } from './nodes.ts';

const TRANSPORTS = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const;

type Node = TestServer;

async function startTwo(kind: (typeof KINDS)[number], options: Parameters<typeof startNodes>[2] = {}) {
  const [one, other] = await startNodes(await newBackplane(kind), 2, options);
  return { one: one as Node, other: other as Node };
}

function join(node: Node, user: string, options = {}): Promise<HubConnection> {
  return connect(node.url(`/hub?user=${user}`), options);
}

const heardBy = (client: HubConnection) => callsTo<[string]>(client, 'Heard');
const contextOf = ({ server }: Node) => server.runtimes.get('/hub')?.hub.context as HubContext<NodeClient>;

describe.each(KINDS)('servers over %s', (kind) => {
  test.each(TRANSPORTS)('pass a message to everybody over %s, in each protocol', async (name) => {
    const { one, other } = await startTwo(kind);
    const transport = HttpTransportType[name];
    const clients = [await join(one, 'ann', { transport }), await join(other, 'bob', { transport })];
    clients.push(await join(other, 'cat', inMessagePack()));
    const inboxes = clients.map(heardBy);
    const plain = await PlainClient.open(other.port);
    await clients[0]?.invoke('ToAll', 'of ann');
    await inboxes[1]?.until(1);
    await clients[2]?.invoke('ToAll', 'of cat');
    for (const inbox of inboxes) expect(await inbox.until(2)).toEqual([['of ann'], ['of cat']]);
    const envelopes = await plain.envelopes.until(2);
    expect(envelopes.map(({ type, payload }) => [type, payload])).toEqual([
      ['Heard', 'of ann'],
      ['Heard', 'of cat'],
    ]);
  });

  test('pass on what is for others, a group, others in a group, a user and a connection', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, bob, cat] = [await join(one, 'ann'), await join(other, 'bob'), await join(other, 'cat')];
    const heard = [ann, bob, cat].map(heardBy);
    await ann.invoke('Join', 'room');
    await bob.invoke('Join', 'room');
    await ann.invoke('ToOthers', 'others');
    await ann.invoke('ToGroup', 'room', 'room');
    await ann.invoke('ToOthersInGroup', 'room', 'others in room');
    await ann.invoke('ToUser', 'cat', 'user');
    await ann.invoke('ToClient', cat.connectionId, 'connection');
    await ann.invoke('ToAll', 'end');
    for (const inbox of heard) await inbox.first(([text]) => text === 'end');
    expect(heard.map(({ all }) => all.flat())).toEqual([
      ['room', 'end'],
      ['others', 'room', 'others in room', 'end'],
      ['others', 'user', 'connection', 'end'],
    ]);
  });

  test('reach a client that has just come, with its first message', async () => {
    const { one, other } = await startTwo(kind);
    const ann = await join(one, 'ann');
    for (let n = 0; n < 20; n++) {
      const bob = await join(other, `bob${n}`);
      const heard = heardBy(bob);
      // Its first call begins after onConnected.
      await bob.invoke('Join', `room${n}`);
      await ann.invoke('ToUser', `bob${n}`, 'user');
      await ann.invoke('ToGroup', `room${n}`, 'group');
      expect(await heard.until(2)).toEqual([['user'], ['group']]);
      await bob.stop();
    }
  });

  test('invoke a client of the other one, with its result, its error, and its end', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, bob] = [await join(one, 'ann'), await join(other, 'bob', inMessagePack())];
    bob.on('Asked', (text: string) => {
      if (text === 'fail') throw new Error('not today');
      return text === 'leave' ? bob.stop() : `${text}, says bob`;
    });
    expect(await ann.invoke('Ask', bob.connectionId, 'hello')).toBe('hello, says bob');
    await expect(ann.invoke('Ask', bob.connectionId, 'fail')).rejects.toThrow('not today');
    const { connectionId } = bob;
    const context = contextOf(one).clients.client(connectionId as string);
    await expect(context.invoke('Asked', 'leave')).rejects.toThrow(DisconnectedError);
    await eventually(() => other.server.supervisor.size === 0);
    await expect(context.invoke('Asked', 'again')).rejects.toThrow(DisconnectedError);
    for (const { server } of [one, other]) expect(server.runtimes.get('/hub')?.clientResults.size).toBe(0);
  });

  test('add a client of the other one to groups, list and count its members', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, bob] = [await join(one, 'ann'), await join(other, 'bob')];
    await ann.invoke('Join', 'room');
    await ann.invoke('JoinOther', bob.connectionId, 'room');
    for (const client of [ann, bob]) {
      expect(await client.invoke('Members', 'room')).toEqual([ann.connectionId, bob.connectionId].sort());
      expect(await client.invoke('Count', 'room')).toBe(2);
    }
    const heard = heardBy(bob);
    await ann.invoke('ToGroup', 'room', 'to members');
    expect(await heard.until(1)).toEqual([['to members']]);
    await ann.invoke('LeaveOther', bob.connectionId, 'room');
    expect(await bob.invoke('Members', 'room')).toEqual([ann.connectionId]);
  });

  test('end the connections of a user, and one connection', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, bob, bobHere, cat] = [
      await join(one, 'ann'),
      await join(other, 'bob'),
      await join(one, 'bob'),
      await join(other, 'cat'),
    ];
    const ends = [bob, bobHere, cat].map(closed);
    await ann.invoke('EndUser', 'bob');
    await Promise.all(ends.slice(0, 2));
    await ann.invoke('EndClient', cat.connectionId);
    await ends[2];
    await eventually(() => other.server.supervisor.size === 0);
  });

  test('count and find all connections, page by page, from every one of them', async () => {
    const { one, other } = await startTwo(kind);
    const clients: HubConnection[] = [];
    for (let n = 0; n < 5; n++) clients.push(await join(n % 2 === 0 ? one : other, n < 3 ? 'ann' : 'bob@home'));
    await clients[1]?.invoke('Join', 'room');
    for (const node of [one, other]) {
      const context = contextOf(node);
      expect(await context.count()).toBe(5);
      const pages: string[] = [];
      let after: string | undefined;
      do {
        const found = await context.find({ limit: 2, ...(after === undefined ? {} : { after }) });
        pages.push(...found.connections.map(({ connectionId }) => connectionId));
        expect(found.missing).toEqual([]);
        after = found.next;
      } while (after !== undefined);
      expect(pages.sort()).toEqual(clients.map(({ connectionId }) => connectionId).sort());
      expect((await context.find({ user: 'ann' })).connections).toHaveLength(3);
      expect((await context.find({ text: 'B@HO' })).connections).toHaveLength(2);
      const [member] = (await context.find({ group: 'room' })).connections;
      expect(member).toMatchObject({
        nodeId: other.server.nodeId,
        connectionId: clients[1]?.connectionId,
        hub: '/hub',
        user: { id: 'ann' },
        transport: 'WebSockets',
        protocol: 'json',
        groups: ['room'],
        state: 'alive.open.flowing',
        lag: { messages: 0, bytes: 0, oldestMs: 0 },
      });
    }
  });

  test('end what was revoked on one of them everywhere, and tell how many', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, annThere, bob] = [await join(one, 'ann'), await join(other, 'ann'), await join(other, 'bob')];
    const ends = [ann, annThere].map(closed);
    expect(await one.server.revoke('of-ann')).toBe(2);
    await Promise.all(ends);
    const gone = closed(bob);
    expect(await one.server.revoke({ userId: 'bob' })).toBe(1);
    await gone;
    for (const node of [one, other]) await expect(join(node, 'ann')).rejects.toThrow('401');
  });

  test('keep the order of a sender, whatever it sends to', async () => {
    const { one, other } = await startTwo(kind);
    const [ann, bob] = [await join(one, 'ann'), await join(other, 'bob')];
    await bob.invoke('Join', 'room');
    const heard = heardBy(bob);
    const sent: string[] = [];
    const ways = [
      (text: string) => ann.send('ToAll', text),
      (text: string) => ann.send('ToGroup', 'room', text),
      (text: string) => ann.send('ToUser', 'bob', text),
      (text: string) => ann.send('ToClient', bob.connectionId, text),
    ];
    for (let n = 0; n < 400; n++) {
      sent.push(`${n}`);
      await ways[(n * 7) % 4]?.(`${n}`);
    }
    await heard.until(sent.length);
    expect(heard.all.flat()).toEqual(sent);
  });

  test('are told of by readiness as long as they are linked, and say so when they leave', async () => {
    const { one, other } = await startTwo(kind);
    expect(one.server.problems()).toEqual([]);
    // What the inspector shows.
    const link = [...one.server.supervisor.refs()].find(({ id }) => id === 'backplane-link');
    expect(link?.getSnapshot().value).toBe('linked');
    expect([...(one.server.cluster?.link.directory.others() ?? [])].map(({ nodeId }) => nodeId)).toEqual([
      other.server.nodeId,
    ]);
    await other.server.close({ drainMs: 0 });
    await eventually(() => one.server.cluster?.link.directory.size === 0);
    expect(await contextOf(one).find()).toEqual({ connections: [], missing: [] });
  });
});
