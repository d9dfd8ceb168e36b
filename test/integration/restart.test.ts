import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type HubConnection, HubConnectionState } from '@microsoft/signalr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createServer, method, setupHub } from '../../src/index.ts';
import { callsTo, connect, PATIENT, withoutNegotiation } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import { Hold } from '../support/hold.ts';
import { Inbox } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';

/** `name` distinguishes the hubs of the two servers; `hold` holds the calls of `WhereLater`. */
function roomHub(name: string, hold: Hold = new Hold(), reasons: Inbox<string> = new Inbox()) {
  return setupHub({ client: {} as { Said(text: string): void } }).createHub({
    methods: {
      Where: method([], () => name),
      WhereLater: method([], async (hub) => {
        hold.begun.put(hub.connectionId);
        await hold.released;
        return name;
      }),
      /** Ends only with its connection. */
      Listen: method([], async (hub) => {
        hold.begun.put(hub.connectionId);
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
      }),
      Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
    },
    onDisconnected: (_hub, reason) => reasons.put(reason.name),
  });
}

function reconnected(client: HubConnection): Promise<string | undefined> {
  return new Promise((resolve) => {
    client.onreconnected(resolve);
  });
}

describe('a server that restarts on its port', () => {
  test('gets its clients back by themselves, and they work', async () => {
    const first = await startServer({ '/hub': roomHub('first') });
    const clients = await Promise.all([1, 2, 3].map(() => connect(first.url('/hub'), PATIENT)));
    const before = clients.map(({ connectionId }) => connectionId);
    const inboxes = clients.map((client) => callsTo<[string]>(client, 'Said'));
    const back = clients.map(reconnected);

    await first.server.close();
    const second = await startServer({ '/hub': roomHub('second') }, {}, first.port);
    expect(second.port).toBe(first.port);

    const after = await Promise.all(back);
    expect(after).toEqual(clients.map(({ connectionId }) => connectionId));
    expect(new Set([...before, ...after]).size).toBe(6);
    expect(await Promise.all(clients.map((client) => client.invoke('Where')))).toEqual(Array(3).fill('second'));
    await clients[0]?.invoke('Say', 'here again');
    for (const inbox of inboxes) expect(await inbox.until(1)).toEqual([['here again']]);
  });

  test('tells every client that it may come back, and onDisconnected why', async () => {
    const reasons = new Inbox<string>();
    const { url, server } = await startServer({ '/hub': roomHub('first', new Hold(), reasons) });
    const client = await connect(url('/hub'), { retryDelays: [60_000] });
    const reconnecting = new Promise<Error | undefined>((resolve) => client.onreconnecting(resolve));
    await server.close();
    await reconnecting;
    expect(client.state).toBe(HubConnectionState.Reconnecting);
    expect(reasons.all).toEqual(['server-draining']);
  });

  test('answers the calls that run before it goes', async () => {
    const hold = new Hold();
    const { url, server } = await startServer({ '/hub': roomHub('first', hold) });
    const client = await connect(url('/hub'), { retryDelays: [60_000] });
    const reconnecting = new Promise((resolve) => client.onreconnecting(resolve));
    const answer = client.invoke('WhereLater');
    await hold.begun.until(1);
    const closing = server.close();
    hold.release();
    expect(await answer).toBe('first');
    await Promise.all([closing, reconnecting]);
  });

  test('waits for running calls no longer than drainMs', async () => {
    const hold = new Hold();
    const { url, server } = await startServer({ '/hub': roomHub('first', hold) });
    const client = await connect(url('/hub'));
    const answer = expect(client.invoke('Listen')).rejects.toThrow('connection being closed');
    await hold.begun.until(1);
    await server.close({ drainMs: 100 });
    await answer;
  });

  test('keeps its port while it finishes its calls, tells newcomers to come again, and leaves it to a successor', async () => {
    const hold = new Hold();
    const { url, server, port } = await startServer({ '/hub': roomHub('first', hold) });
    const client = await connect(url('/hub'));
    const answer = client.invoke('WhereLater');
    await hold.begun.until(1);
    const closing = server.close();
    const early = createServer({ hubs: { '/hub': roomHub('second') }, logLevel: 'silent' });
    onTestFinished(() => early.close());
    await expect(early.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await ask(port, requestText('POST', '/hub/negotiate'))).toMatchObject({ status: 503 });
    hold.release();
    expect(await answer).toBe('first');
    await closing;
    await early.listen({ port });
    const newcomer = await connect(url('/hub'), withoutNegotiation);
    expect(await newcomer.invoke('Where')).toBe('second');
  });

  test('rejects when its port is taken, and can then listen on another', async () => {
    const { port } = await startServer({ '/hub': roomHub('first') });
    const server = createServer({ hubs: { '/hub': roomHub('second') }, logLevel: 'silent' });
    onTestFinished(() => server.close());
    await expect(server.listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const bound = await server.listen({ port: 0 });
    const client = await connect(`http://127.0.0.1:${bound.port}/hub`);
    expect(await client.invoke('Where')).toBe('second');
  });

  test.each(['127.0.0.1', 'localhost'])(
    'on %s is closed at any moment of its start: it listens to nobody, and the caller is told',
    async (host) => {
      for (const storage of ['memory:', undefined]) {
        for (let steps = 0; steps <= 10; steps += 1) {
          const port = await freePort();
          const server = createServer({ hubs: { '/hub': roomHub('first') }, ...(storage && { storage }) });
          const listening = server.listen({ port, host }).then(
            () => 'listens',
            (error: unknown) => String(error),
          );
          for (let step = 0; step < steps; step += 1) await undefined;
          await server.close();
          expect(await listening, `${storage}, ${steps} steps`).toMatch(/^OptionsError: .* closed/);
          const successor = createHttpServer().listen(port, '127.0.0.1');
          await once(successor, 'listening');
          successor.close();
        }
      }
    },
  );

  test('refuses to be used again, with a clear error', async () => {
    const server = createServer({ hubs: { '/hub': roomHub('first') }, logLevel: 'silent' });
    await server.listen({ port: 0 });
    await server.close();
    await expect(server.listen({ port: 0 })).rejects.toThrow('This server has been closed; make a new one.');
    // A second close has no effect.
    await server.close();
  });
});
