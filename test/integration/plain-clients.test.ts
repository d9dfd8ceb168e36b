import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpTransportType } from '@microsoft/signalr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type HubOptions, method, type ServerOptions, setupHub } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { callsTo, connect, inMessagePack, withoutNegotiation } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { PlainClient } from '../support/plain-client.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';

interface Listener {
  Said(text: string): void;
}

const PLAIN: HubOptions = { plain: true };
const SUBPROTOCOL = 'signalbox.envelope.v1';

function room(options: HubOptions = PLAIN, hold?: Hold) {
  return setupHub({ client: {} as Listener }).createHub({
    options,
    methods: {
      Say: method([z.string()], (hub, text) => hub.clients.group('room').send('Said', text)),
      Hold: method([], () => {
        hold?.begun.put('');
        return hold?.released;
      }),
      WhoAmI: method([], (hub) => hub.user?.id ?? null),
    },
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'room'),
  });
}

const start = (options: Omit<ServerOptions, 'hubs'> = {}, hub = room()) => startServer({ '/hub': hub }, options);

describe('the WebSocket of plain clients', () => {
  test('is at PATH/ws, in any case, with or without a slash, also below a base path', async () => {
    const { port, server } = await start();
    const http = createHttpServer();
    await server.attach(http, { basePath: '/app' });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    const elsewhere = (http.address() as AddressInfo).port;
    for (const [at, path] of [
      [port, '/hub/ws'],
      [port, '/HUB/WS/'],
      [elsewhere, '/app/hub/ws'],
    ] as const) {
      const client = await PlainClient.open(at, { path });
      expect(await client.call('WhoAmI', [], 1)).toMatchObject({ type: 'result', payload: null });
    }
  });

  test('needs no subprotocol, and chooses ours when it is offered', async () => {
    const { port } = await start();
    const none = await PlainClient.open(port);
    const only = await PlainClient.open(port, { offers: SUBPROTOCOL });
    const among = await PlainClient.open(port, { offers: ['other', SUBPROTOCOL] });
    expect([none, only, among].map(({ socket }) => socket.protocol)).toEqual(['', SUBPROTOCOL, SUBPROTOCOL]);
  });

  test('is refused with 400 when only others are offered', async () => {
    const { port } = await start();
    const answer = await ask(port, upgradeRequest('/hub/ws', { 'Sec-WebSocket-Protocol': 'mqtt, other' }));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(SUBPROTOCOL);
    const broken = await ask(port, upgradeRequest('/hub/ws', { 'Sec-WebSocket-Protocol': `${SUBPROTOCOL},` }));
    expect(broken.status).toBe(400);
  });

  test('is nothing else: other requests get 426, and what they should be', async () => {
    const { port } = await start();
    for (const verb of ['GET', 'POST', 'DELETE']) {
      const { status, headers } = await ask(port, requestText(verb, '/hub/ws'));
      expect({ status, upgrade: headers.get('upgrade') }).toEqual({ status: 426, upgrade: 'websocket' });
    }
    const old = await ask(port, upgradeRequest('/hub/ws').replace('HTTP/1.1', 'HTTP/1.0'));
    expect(old.status).toBe(400);
  });

  test('is not there without the option', async () => {
    const { port } = await start({}, room({}));
    await expect(PlainClient.open(port)).rejects.toThrow('404');
  });

  test('is independent of the protocols that clients of SignalR may use', async () => {
    const { port, url } = await start({}, room({ plain: true, protocols: ['messagepack'] }));
    const client = await PlainClient.open(port);
    const official = await connect(url('/hub'), inMessagePack());
    const said = callsTo<[string]>(official, 'Said');
    client.send({ type: 'Say', payload: 'hello' });
    expect(await said.until(1)).toEqual([['hello']]);
    await expect(connect(url('/hub'))).rejects.toThrow();
  });
});

describe('a plain client is let in as every other', () => {
  test('by its origin', async () => {
    const { port } = await start({ origins: ['https://app.example'] });
    for (const [Origin, status] of [
      ['https://app.example', 101],
      ['https://evil.example', 403],
    ] as const) {
      expect((await ask(port, upgradeRequest('/hub/ws', { Origin }))).status).toBe(status);
    }
  });

  test('by authenticate and authorize, with the token in the query or in a header', async () => {
    const { port } = await start({
      authenticate: ({ headers, query }) => {
        const token = headers.authorization?.slice('Bearer '.length) ?? query.get('access_token');
        if (token === 'wrong') throw new Error('wrong');
        return token === null ? null : { id: token, roles: [] };
      },
    });
    const inQuery = await PlainClient.open(port, { path: '/hub/ws?access_token=ann' });
    expect(await inQuery.call('WhoAmI', [], 1)).toMatchObject({ payload: 'ann' });
    const inHeader = await PlainClient.open(port, { headers: { Authorization: 'Bearer bob' } });
    expect(await inHeader.call('WhoAmI', [], 1)).toMatchObject({ payload: 'bob' });
    await expect(PlainClient.open(port, { path: '/hub/ws?access_token=wrong' })).rejects.toThrow('401');
    expect((await ask(port, requestText('GET', '/hub/ws?access_token=wrong'))).status).toBe(401);
  });

  test('and loses its connection when its credential is revoked, or over', async () => {
    const { port, server, pass } = await startTimedServer(
      { '/hub': room({ plain: true, closeOnAuthenticationExpiration: true }) },
      {
        authenticate: ({ query }) => ({
          id: 'ann',
          roles: [],
          credentialId: query.get('id') ?? '',
          ...(query.has('expires') ? { expiresAt: startTime() + 60_000 } : {}),
        }),
      },
    );
    const startTime = () => server.services.alarms.wallNow();
    const revoked = await PlainClient.open(port, { path: '/hub/ws?id=key' });
    const expiring = await PlainClient.open(port, { path: '/hub/ws?id=token&expires' });
    expect(await server.revoke('key')).toBe(1);
    expect(await revoked.closed).toBe(1008);
    expect(revoked.payloads('close')).toEqual([{ reason: 'unauthorized', allowReconnect: false }]);
    await pass(61_000);
    expect(await expiring.closed).toBe(1008);
    expect(expiring.payloads('close')).toEqual([{ reason: 'expired', allowReconnect: true }]);
    await expect(PlainClient.open(port, { path: '/hub/ws?id=key' })).rejects.toThrow('401');
  });

  test('and not while the server drains, which ends with 1001', async () => {
    const hold = new Hold();
    const { port, server } = await start({}, room(PLAIN, hold));
    const client = await PlainClient.open(port);
    client.send({ type: 'Hold', id: 1 });
    client.send({ type: 'WhoAmI', id: 2 });
    await hold.begun.until(1);
    const closed = server.close({ drainMs: 5_000 });
    await expect(PlainClient.open(port)).rejects.toThrow('503');
    hold.release();
    expect(await client.closed).toBe(1001);
    expect(client.envelopes.all).toMatchObject([
      { type: 'result', id: 1 },
      { type: 'close', payload: { reason: 'server-draining', allowReconnect: true } },
    ]);
    await closed;
  });
});

describe('a plain client', () => {
  test('is in the same groups as clients of SignalR over every transport, and hears the same in the same order', async () => {
    const { port, url } = await start();
    const { WebSockets, ServerSentEvents, LongPolling } = HttpTransportType;
    const officials = await Promise.all([
      connect(url('/hub'), { transport: WebSockets }),
      connect(url('/hub'), { transport: WebSockets, ...inMessagePack() }),
      connect(url('/hub'), { transport: ServerSentEvents }),
      connect(url('/hub'), { transport: LongPolling }),
      connect(url('/hub'), { transport: LongPolling, ...inMessagePack() }),
      connect(url('/hub'), withoutNegotiation),
    ]);
    const heard = officials.map((client) => callsTo<[string]>(client, 'Said'));
    const plain = await Promise.all([PlainClient.open(port), PlainClient.open(port, { offers: SUBPROTOCOL })]);
    const everybody = officials.length + plain.length;
    for (let round = 0; round < 20; round++) {
      for (const [at, client] of officials.entries()) void client.send('Say', `${at}.${round}`);
      for (const [at, client] of plain.entries()) client.send({ type: 'say', payload: `p${at}.${round}` });
    }
    const all = await Promise.all(heard.map((inbox) => inbox.until(20 * everybody)));
    const first = (all[0] as readonly [string][]).map(([text]) => text);
    expect(new Set(first).size).toBe(20 * everybody);
    for (const one of all) expect(one.map(([text]) => text)).toEqual(first);
    for (const client of plain) {
      await client.envelopes.until(20 * everybody);
      expect(client.payloads('Said')).toEqual(first);
    }
  });

  test('has a record of its session, with its protocol', async () => {
    const storage = new MemoryStorage();
    const { port, server } = await start({ storage });
    const client = await PlainClient.open(port);
    const [connection] = server.connections();
    expect(connection?.request).toMatchObject({ protocol: 'plain', transport: 'WebSockets' });
    await client.call('WhoAmI', [], 1);
    client.socket.close(4_321);
    expect(await client.closed).toBe(1000);
    const records = (): Promise<readonly unknown[]> => storage.sessions.list({ limit: 10 });
    await expect.poll(records).toMatchObject([{ protocol: 'plain', closeReason: 'client-closed', messagesIn: 1 }]);
  });

  test('that says too much at once is told so with 1009, by the hub or by the WebSocket itself', async () => {
    const { port } = await start(
      {},
      room({ plain: true, maximumReceiveMessageBytes: 1_000, maximumFrameBytes: 5_000 }),
    );
    const [little, much] = await Promise.all([PlainClient.open(port), PlainClient.open(port)]);
    little.send({ type: 'Say', payload: 'x'.repeat(1_000) });
    expect(await little.closed).toBe(1009);
    expect(little.payloads('close')).toEqual([{ reason: 'message-too-large', allowReconnect: true }]);
    much.send({ type: 'Say', payload: 'x'.repeat(5_000) });
    expect(await much.closed).toBe(1009);
  });

  test('is answered when it sends a binary message or none at all, and goes on', async () => {
    const { port } = await start();
    const client = await PlainClient.open(port);
    client.socket.send(Buffer.from('{"type":"WhoAmI","id":1}'));
    client.socket.send('');
    client.socket.send('{');
    expect(await client.call('WhoAmI', [], 2)).toMatchObject({ type: 'result' });
    expect(client.payloads('error')).toEqual([
      { message: expect.stringContaining('binary') },
      { message: expect.stringContaining('JSON') },
    ]);
  });
});
