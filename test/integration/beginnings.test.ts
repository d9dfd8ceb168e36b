import { describe, expect, test } from 'vitest';
import { HubError, method, setupHub } from '../../src/index.ts';
import { clientOf, openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

describe('a connection that never begins', () => {
  function refusingHub(ends: Inbox<string>, connect: () => void | Promise<void>) {
    return setupHub({ client: {} as { Left(id: string): void } }).createHub({
      methods: { Where: method([], (hub) => hub.connectionId) },
      onConnected: connect,
      onDisconnected: (hub) => ends.put(hub.connectionId),
    });
  }

  test.each([
    [
      'throws',
      () => {
        throw new Error('the password is 1234');
      },
      undefined,
    ],
    [
      'rejects',
      async () => {
        throw new Error('the password is 1234');
      },
      undefined,
    ],
    [
      'refuses with a HubError',
      async () => {
        throw new HubError('The room is full.');
      },
      'The room is full.',
    ],
  ] as const)(
    'because onConnected %s: the client is closed, and there is no onDisconnected',
    async (_how, refuse, text) => {
      const ends = new Inbox<string>();
      const { url, server } = await startServer({ '/hub': refusingHub(ends, refuse) });
      const client = clientOf(url('/hub'));
      // The handshake itself is accepted, so start() may resolve before the Close arrives. In both cases the client
      // ends with the error.
      const end = await new Promise<Error | undefined>((resolve) => {
        client.onclose(resolve);
        client.start().catch(resolve);
      });
      const detail = text === undefined ? '' : ` HubException: ${text}`;
      expect(end?.message).toContain(`Connection closed with an error.${detail}`);
      expect(end?.message).not.toContain('1234');
      await eventually(() => server.supervisor.size === 0);
      expect(ends.all).toEqual([]);
      expect(server.runtimes.get('/hub')?.connections.size).toBe(0);
    },
  );

  test('because onConnected takes too long', async () => {
    const ends = new Inbox<string>();
    const hub = setupHub({}).createHub({
      options: { invocationTimeoutMs: 100 },
      methods: {},
      onConnected: () => new Promise<void>(() => {}),
      onDisconnected: (hub) => ends.put(hub.connectionId),
    });
    const { port, server } = await startServer({ '/hub': hub });
    const client = await openRaw(port);
    expect((await client.ended).code).toBe(1000);
    expect(client.records.all).toEqual([
      { type: 7, error: 'Connection closed with an error. HubException: It took longer than 100 ms.' },
    ]);
    await eventually(() => server.supervisor.size === 0);
    expect(ends.all).toEqual([]);
  });

  test('because its state cannot be made', async () => {
    const ends = new Inbox<string>();
    const hub = setupHub({
      state: () => {
        throw new HubError('No state for you.');
      },
    }).createHub({ methods: {}, onDisconnected: (hub) => ends.put(hub.connectionId) });
    const { port, server } = await startServer({ '/hub': hub });
    const client = await openRaw(port);
    await client.ended;
    expect(client.records.all).toEqual([
      { type: 7, error: 'Connection closed with an error. HubException: No state for you.' },
    ]);
    await eventually(() => server.supervisor.size === 0);
    expect(ends.all).toEqual([]);
  });
});
