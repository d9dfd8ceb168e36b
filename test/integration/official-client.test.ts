import { HubConnectionState } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { callsTo, clientOf, connect, withoutNegotiation } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

interface EchoClient {
  Noted(text: string): void;
}

/** @param noted Records what the server did, whether or not a client is told. */
function echoHub(noted: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as EchoClient }).createHub({
    methods: {
      Add: method([z.number(), z.number()], (_hub, a, b) => a + b),
      AddLater: method([z.number(), z.number()], async (_hub, a, b) => a + b),
      Echo: method([z.unknown()], (_hub, value) => value),
      Greet: method([z.string().optional()], (_hub, name = 'nobody') => `Hello, ${name}`),
      Nothing: method([], () => {}),
      NothingLater: method([], async () => {}),
      Note: method([z.string()], (hub, text) => {
        noted.put(text);
        return hub.clients.caller.send('Noted', text);
      }),
      WhoAmI: method([], (hub) => ({ id: hub.connectionId, by: hub.request.transport, as: hub.request.protocol })),
    },
  });
}

describe('the official client', () => {
  test('starts, knows the id that the server knows, and stops', async () => {
    const { url, server } = await startServer({ '/hub': echoHub() });
    const client = clientOf(url('/hub'));
    await client.start();
    expect(client.state).toBe(HubConnectionState.Connected);
    expect([...server.connections()].map(({ connectionId }) => connectionId)).toEqual([client.connectionId]);
    expect(await client.invoke('WhoAmI')).toEqual({ id: client.connectionId, by: 'WebSockets', as: 'json' });
    await client.stop();
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });

  test('can be started again after it was stopped, as another connection', async () => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    const before = client.connectionId;
    await client.stop();
    await client.start();
    expect(client.connectionId).not.toBe(before);
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('connects by WebSocket alone, without negotiation', async () => {
    const { url, server } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'), withoutNegotiation);
    const [connection] = [...server.connections()];
    expect(await client.invoke('WhoAmI')).toMatchObject({ id: connection?.connectionId, by: 'WebSockets' });
  });

  test('gets the result of a call, also of an asynchronous one', async () => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Add', 20, 22)).toBe(42);
    expect(await client.invoke('AddLater', 20, 22)).toBe(42);
  });

  test('calls methods whatever the case of their names, and may leave out trailing optional arguments', async () => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    expect(await client.invoke('ADD', 1, 1)).toBe(2);
    expect(await client.invoke('add', 1, 1)).toBe(2);
    expect(await client.invoke('Greet')).toBe('Hello, nobody');
    expect(await client.invoke('Greet', 'Ada')).toBe('Hello, Ada');
  });

  test.each([
    ['text beyond ASCII', 'Grüße, 世界, 👩‍👩‍👧, \u2028, \u0000, \u001e'],
    ['nested data', { list: [1, -2.5, [true, null]], empty: {}, text: '' }],
    ['null', null],
    ['numbers at the ends', [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE]],
    ['keys with a meaning to JavaScript', JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":2}')],
  ])('gets back what it sent: %s', async (_what, value) => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Echo', value)).toEqual(value);
  });

  test('gets null for a method that returns nothing', async () => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    // As ASP.NET Core SignalR does for Task: the completion of a void method has a result, which is null.
    expect(await client.invoke('Nothing')).toBeNull();
    expect(await client.invoke('NothingLater')).toBeNull();
  });

  test('sends without an answer, and the method runs', async () => {
    const noted = new Inbox<string>();
    const { url } = await startServer({ '/hub': echoHub(noted) });
    const client = await connect(url('/hub'));
    const told = callsTo<[string]>(client, 'Noted');
    await client.send('Note', 'remember');
    expect(await told.until(1)).toEqual([['remember']]);
    expect(noted.all).toEqual(['remember']);
  });

  test('has several calls under way at once, each with its own answer', async () => {
    const { url } = await startServer({ '/hub': echoHub() });
    const client = await connect(url('/hub'));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => client.invoke('AddLater', n, n)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n));
  });
});
