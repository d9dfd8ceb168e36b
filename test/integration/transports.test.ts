import { HubConnectionState } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { type ClientOptions, callsTo, clientOf, closed, connect, inMessagePack, PATIENT } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { by, reasonsOfStopping, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

interface RoomClient {
  Said(text: string): void;
}

/** `left`: the reason for the end of each connection, by its id. */
function roomHub(left: Inbox<readonly [connectionId: string, why: string]> = new Inbox(), hold: Hold = new Hold()) {
  return setupHub({ client: {} as RoomClient, state: () => ({ calls: 0 }) }).createHub({
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Count: method([], (hub) => {
        hub.state.calls += 1;
        return hub.state.calls;
      }),
      Fail: method([], () => {
        throw new HubError('not today');
      }),
      Request: method([], ({ connectionId, request }) => ({ connectionId, transport: request.transport })),
      Join: method([z.string()], (hub, room) => hub.groups.add(hub.connectionId, room)),
      Say: method([z.string(), z.string()], (hub, room, text) => hub.clients.group(room).send('Said', text)),
      SayMany: method([z.number()], (hub, count) => {
        for (let n = 0; n < count; n++) hub.clients.caller.send('Said', `${n}`);
      }),
      SayAndWait: method([], async (hub) => {
        hold.begun.put(hub.connectionId);
        await hub.clients.caller.send('Said', 'a while');
        await hold.released;
        return 'done';
      }),
      Abort: method([], (hub) => hub.abort()),
      Expel: method([], (hub) => hub.abort({ allowReconnect: true })),
    },
    onDisconnected: (hub, reason) => left.put([hub.connectionId, reason.name]),
  });
}

describe.each(TRANSPORT_PROTOCOLS)('the official client over %s in %s', (...way) => {
  const [transport, protocol] = way;
  const start = async (left?: Inbox<readonly [string, string]>) => {
    const server = await startServer({ '/hub': roomHub(left) });
    const open = (options?: ClientOptions) => connect(server.url('/hub'), { ...by(way), ...options });
    return { ...server, open };
  };

  test('knows the id that the hub knows it by, and the hub its transport', async () => {
    const client = await (await start()).open();
    expect(await client.invoke('Request')).toEqual({ connectionId: client.connectionId, transport });
  });

  test('calls methods, and gets results and errors', async () => {
    const client = await (await start()).open();
    for (const value of ['text \u001e \n \r\n data: x', 7, null, { a: [1, { b: 'ü' }] }]) {
      expect(await client.invoke('Echo', value)).toEqual(value);
    }
    await expect(client.invoke('Fail')).rejects.toThrow('HubException: not today');
    await expect(client.invoke('Nothing')).rejects.toThrow('Method does not exist.');
  });

  test('has its calls made in their order, on a state of its own', async () => {
    const { open } = await start();
    const [one, two] = [await open(), await open()];
    const counts = await Promise.all(Array.from({ length: 100 }, () => one.invoke('Count')));
    expect(counts).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(await two.invoke('Count')).toBe(1);
  });

  test('sends and gets messages longer than any buffer on the way', async () => {
    const client = await (await start()).open();
    const text = 'x'.repeat(32_000);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.invoke('Echo', text)));
    expect(answers.every((answer) => answer === text)).toBe(true);
  });

  test('hears what others say in its group, and everything in its order', async () => {
    const { open } = await start();
    const [one, two] = [await open(), await open()];
    const [heardByOne, heardByTwo] = [callsTo<[string]>(one, 'Said'), callsTo<[string]>(two, 'Said')];
    await one.invoke('Join', 'red');
    await two.invoke('Say', 'red', 'hello');
    expect(await heardByOne.until(1)).toEqual([['hello']]);
    await two.invoke('SayMany', 900);
    expect((await heardByTwo.until(900)).map(([text]) => text)).toEqual(Array.from({ length: 900 }, (_, n) => `${n}`));
    expect(heardByOne.length).toBe(1);
  });

  test('leaves, which the hub hears once, and comes back with the same object', async () => {
    const left = new Inbox<readonly [string, string]>();
    const { open, server } = await start(left);
    const client = await open();
    const before = client.connectionId;
    await client.stop();
    await left.until(1);
    expect(left.all[0]?.[0]).toBe(before);
    await client.start();
    expect(client.connectionId).not.toBe(before);
    expect(await client.invoke('Count')).toBe(1);
    await client.stop();
    await left.until(2);
    await eventually(() => server.supervisor.size === 0);
    expect(left.length).toBe(2);
  });

  test('is recorded with its transport, its protocol and its node', async () => {
    const storage = new MemoryStorage();
    const { url, server } = await startServer({ '/hub': roomHub() }, { storage });
    const client = await connect(url('/hub'), by(way));
    await client.stop();
    await eventually(() => server.supervisor.size === 0);
    await server.close();
    await storage.open(ALONE);
    expect(await storage.sessions.list()).toMatchObject([
      {
        hub: '/hub',
        transport,
        protocol,
        nodeId: server.nodeId,
        closeReason: expect.toBeOneOf(reasonsOfStopping(transport)),
      },
    ]);
  });

  test('is sent away without an error, and does not come back', async () => {
    const { open } = await start();
    const client = await open(PATIENT);
    const gone = closed(client);
    await client.send('Abort');
    expect(await gone).toBeUndefined();
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });

  test('comes back by itself when it is invited to', async () => {
    const { open } = await start();
    const client = await open(PATIENT);
    const before = client.connectionId;
    const back = new Promise<string | undefined>((resolve) => client.onreconnected(resolve));
    await client.send('Expel');
    const after = await back;
    expect(after).not.toBe(before);
    expect(after).toBe(client.connectionId);
    expect(await client.invoke('Count')).toBe(1);
  });

  test('gets the answer to its call before the server goes, and what comes before it', async () => {
    const hold = new Hold();
    const { url, server } = await startServer({ '/hub': roomHub(undefined, hold) });
    const client = await connect(url('/hub'), by(way));
    const heard = callsTo<[string]>(client, 'Said');
    const gone = closed(client);
    const answer = client.invoke('SayAndWait');
    await hold.begun.until(1);
    const closing = server.close();
    await heard.until(1);
    hold.release();
    expect(await answer).toBe('done');
    await closing;
    expect(await gone).toBeUndefined();
  });

  test('is told when the server drains, and meets the next one at the same port', async () => {
    const left = new Inbox<readonly [string, string]>();
    const { open, server, port } = await start(left);
    const client = await open(PATIENT);
    const before = client.connectionId;
    const back = new Promise<string | undefined>((resolve) => client.onreconnected(resolve));
    await server.close();
    expect(left.all).toEqual([[before, 'server-draining']]);
    await startServer({ '/hub': roomHub() }, {}, port);
    await back;
    expect(await client.invoke('Echo', 'here again')).toBe('here again');
  });
});

/** A transport that the client cannot open. */
class Broken {
  constructor() {
    throw new Error('nothing gets through here');
  }
}

describe('which transport the official client takes', () => {
  test.each([
    [undefined, 'WebSockets'],
    [['LongPolling', 'ServerSentEvents', 'WebSockets'], 'WebSockets'],
    [['LongPolling', 'ServerSentEvents'], 'ServerSentEvents'],
    [['LongPolling'], 'LongPolling'],
    [['ServerSentEvents'], 'ServerSentEvents'],
  ] as const)('of those that the hub offers, %s, is %s', async (transports, expected) => {
    const options = transports === undefined ? {} : { transports };
    const { url } = await startServer({ '/hub': roomHub() }, { hubOptions: options });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Request')).toMatchObject({ transport: expected });
  });

  test('is none when the hub has none of those that it knows', async () => {
    const { url } = await startServer({ '/hub': roomHub() }, { hubOptions: { transports: ['LongPolling'] } });
    const client = clientOf(url('/hub'), by(['ServerSentEvents', 'json']));
    await expect(client.start()).rejects.toThrow("'LongPolling' is disabled by the client.");
  });

  test.each([
    ['sockets do not get through', { WebSocket: Broken }, 'ServerSentEvents'],
    ['neither sockets nor streams get through', { WebSocket: Broken, EventSource: Broken }, 'LongPolling'],
    [
      'sockets do not get through, and it does not speak text',
      { WebSocket: Broken, ...inMessagePack() },
      'LongPolling',
    ],
  ] as const)('is the next one when %s', async (_why, options, expected) => {
    const { url, server } = await startServer({ '/hub': roomHub() });
    const client = await connect(url('/hub'), options as object);
    expect(await client.invoke('Request')).toEqual({ connectionId: client.connectionId, transport: expected });
    expect(server.supervisor.size).toBe(1);
  });
});
