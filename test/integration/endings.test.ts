import { HubConnectionState } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CloseReason, HubError, method, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect, openRaw, PATIENT } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { Opcode } from '../support/websocket-frames.ts';

interface End {
  readonly connectionId: string;
  readonly reason: CloseReason;
  readonly aborted: boolean;
}

function endingHub(ends: Inbox<End>) {
  return setupHub({ client: {} as { Left(id: string): void } }).createHub({
    methods: {
      Leave: method([z.boolean()], (hub, allowReconnect) => hub.abort({ allowReconnect, reason: 'as asked' })),
      Where: method([], (hub) => hub.connectionId),
    },
    async onDisconnected(hub, reason) {
      ends.put({ connectionId: hub.connectionId, reason, aborted: hub.signal.aborted });
      await hub.clients.all.send('Left', hub.connectionId);
    },
  });
}

describe('a connection that ends', () => {
  test('because the client stops: onDisconnected hears client-closed, once, with its signal fired', async () => {
    const ends = new Inbox<End>();
    const { url, server } = await startServer({ '/hub': endingHub(ends) });
    const client = await connect(url('/hub'));
    const id = client.connectionId as string;
    await client.stop();
    await eventually(() => server.supervisor.size === 0);
    expect(ends.all).toHaveLength(1);
    expect(ends.all[0]).toMatchObject({
      connectionId: id,
      aborted: true,
      reason: { name: 'client-closed', allowReconnect: false },
    });
    expect(ends.all[0]?.reason.error).toBeUndefined();
  });

  test('tells the others from onDisconnected, and is itself no longer among them', async () => {
    const { url } = await startServer({ '/hub': endingHub(new Inbox()) });
    const [stays, goes] = await Promise.all([connect(url('/hub')), connect(url('/hub'))]);
    const heard = [callsTo<[string]>(stays, 'Left'), callsTo<[string]>(goes, 'Left')];
    const id = goes.connectionId;
    await goes.stop();
    expect(await heard[0]?.until(1)).toEqual([[id]]);
    expect(heard[1]?.all).toEqual([]);
  });

  test('because the hub aborts it: the client closes for good, without an error', async () => {
    const ends = new Inbox<End>();
    const { url } = await startServer({ '/hub': endingHub(ends) });
    const client = await connect(url('/hub'), { retryDelays: [0, 0, 0] });
    let reconnecting = false;
    client.onreconnecting(() => {
      reconnecting = true;
    });
    const gone = closed(client);
    await client.send('Leave', false);
    expect(await gone).toBeUndefined();
    expect(reconnecting).toBe(false);
    expect(client.state).toBe(HubConnectionState.Disconnected);
    expect(ends.all.map(({ reason }) => reason)).toMatchObject([
      { name: 'aborted', text: 'as asked', allowReconnect: false },
    ]);
  });

  test('because the hub aborts it and allows to reconnect: the client comes back as another connection', async () => {
    const ends = new Inbox<End>();
    const { url } = await startServer({ '/hub': endingHub(ends) });
    const client = await connect(url('/hub'), PATIENT);
    const before = client.connectionId;
    const back = new Promise((resolve) => client.onreconnected(resolve));
    await client.send('Leave', true);
    const after = await back;
    expect(after).not.toBe(before);
    expect(await client.invoke('Where')).toBe(after);
    expect(ends.all.map(({ connectionId, reason }) => [connectionId, reason.name])).toEqual([[before, 'aborted']]);
  });

  test('because the hub aborts it: the call that runs gets no answer', async () => {
    const { url } = await startServer({ '/hub': endingHub(new Inbox()) });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Leave', false)).rejects.toThrow('connection being closed');
  });

  test('because the client closes its WebSocket, without a Close before: that is client-closed, too', async () => {
    const ends = new Inbox<End>();
    const { port } = await startServer({ '/hub': endingHub(ends) });
    const client = await openRaw(port);
    // Every close code is answered with 1000, as in ASP.NET Core SignalR, and no Close record is sent.
    client.frame(Opcode.close, Buffer.of(0x0f, 0xa0));
    expect((await client.ended).code).toBe(1000);
    expect(client.records.all).toEqual([]);
    expect(ends.all.map(({ reason }) => reason.name)).toEqual(['client-closed']);
  });

  test('because its socket breaks: onDisconnected hears connection-lost', async () => {
    const ends = new Inbox<End>();
    const { port } = await startServer({ '/hub': endingHub(ends) });
    const client = await openRaw(port);
    client.reset();
    await ends.until(1);
    expect(ends.all[0]?.reason).toMatchObject({ name: 'connection-lost', allowReconnect: true });
  });

  test('with an error of the client: onDisconnected hears its text', async () => {
    const ends = new Inbox<End>();
    const { port } = await startServer({ '/hub': endingHub(ends) });
    const client = await openRaw(port);
    client.send({ type: 7, error: 'my battery is empty' });
    await ends.until(1);
    expect(ends.all[0]?.reason).toMatchObject({ name: 'client-closed', text: 'my battery is empty' });
    expect(ends.all[0]?.reason.error).toBeInstanceOf(HubError);
    // ASP.NET Core SignalR answers a client's Close with a Close of its own, and then with the close frame.
    expect((await client.ended).code).toBe(1000);
    expect(client.records.all).toEqual([{ type: 7 }]);
  });
});

describe('an end that goes wrong', () => {
  test('onDisconnected that never settles holds it no longer than a call may take', async () => {
    const begun = new Inbox<string>();
    const hub = setupHub({}).createHub({
      options: { invocationTimeoutMs: 100 },
      methods: { Where: method([], (hub) => hub.connectionId) },
      onDisconnected(_hub, reason) {
        begun.put(reason.name);
        return new Promise<void>(() => {});
      },
    });
    const { port, server } = await startServer({ '/hub': hub });
    const client = await openRaw(port);
    client.send({ type: 7 });
    expect((await client.ended).code).toBe(1000);
    await eventually(() => server.supervisor.size === 0);
    expect(begun.all).toEqual(['client-closed']);
  });

  test('a signal is fired before onDisconnected, for each call that asked for one', async () => {
    const diary = new Inbox<string>();
    const hub = setupHub({}).createHub({
      methods: {
        Listen: method([z.string()], (hub, name) => hub.signal.addEventListener('abort', () => diary.put(name))),
      },
      onDisconnected: (_hub, reason) => diary.put(reason.name),
    });
    const { url } = await startServer({ '/hub': hub });
    const client = await connect(url('/hub'));
    await client.invoke('Listen', 'one');
    await client.invoke('Listen', 'two');
    await client.stop();
    await diary.until(3);
    expect(diary.all).toEqual(['one', 'two', 'client-closed']);
  });
});
