import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apiKeys, firstOf, jwt } from '../../src/auth/index.ts';
import { HubError, method, setupHub, stream } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { SECRET, tokenOf } from '../auth/signed-tokens.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { Inbox } from '../support/inbox.ts';
import { mistyped } from '../support/key-site.ts';
import { startServer } from '../support/test-server.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';
import { builtClient } from './build.ts';
import { DotnetClient } from './dotnet-client.ts';

interface Client {
  Message(value: unknown): void;
  Two(first: string, second: number): void;
  Question(text: string): number;
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

function hubFor(diary: Inbox<string>, goOn = Promise.resolve()) {
  return setupHub({ client: {} as Client, state: () => ({ counted: 0 }) }).createHub({
    options: { allowStatefulReconnects: true },
    methods: {
      Count: method([], ({ state }) => {
        state.counted += 1;
        return state.counted;
      }),
      Add: method([z.number(), z.number()], (_hub, a, b) => a + b),
      Echo: method([z.unknown()], (_hub, value) => value),
      Nothing: method([], () => {}),
      Refuse: method([z.string()], (_hub, why) => {
        throw new HubError(why);
      }),
      Tell: method([z.unknown()], (hub, value) => hub.clients.all.send('Message', value)),
      Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
      Drop: method([], (hub) => hub.abort({ allowReconnect: true })),
      Ask: method([z.string()], (hub, text) => hub.clients.caller.invoke('Question', text)),
      Countdown: stream([z.int()], async function* (_hub, from) {
        for (let n = from; n > 0; n--) yield n;
        if (from === 0) throw new HubError('nothing to count');
      }),
      Halves: stream([z.int()], async function* (_hub, to) {
        for (const n of upTo(to)) {
          yield n;
          if (n !== to / 2) continue;
          diary.put('half');
          await goOn;
        }
      }),
      Forever: stream([], async function* ({ signal }) {
        try {
          for (let n = 0; ; n++) {
            yield n;
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          diary.put(`the stream is ${signal.aborted ? 'aborted' : 'at its end'}`);
        }
      }),
      Sum: method([], { upload: [z.number()] }, async (_hub, numbers) => {
        let sum = 0;
        for await (const n of numbers) sum += n;
        return sum;
      }),
      Double: stream([], { upload: [z.number()] }, async function* (_hub, numbers) {
        for await (const n of numbers) yield n * 2;
      }),
    },
    onConnected: () => diary.put('connected'),
    onDisconnected: (_hub, reason) => diary.put(`disconnected: ${reason.name}`),
  });
}

const built = await builtClient();
const program = built?.program ?? '';

describe.skipIf(built === undefined)('the official .NET client', () => {
  async function connect() {
    const diary = new Inbox<string>();
    const hub = hubFor(diary);
    const { url, server } = await startServer({ '/hub': hub });
    return { client: await DotnetClient.start(program, url('/hub')), context: server.context(hub), diary };
  }

  test('calls, and gets results of every kind', async () => {
    const { client } = await connect();
    expect(await client.invoke('Add', 1, 2.5)).toBe(3.5);
    expect(await client.invoke('nothing')).toBeNull();
    const value = {
      text: 'gr\u00fc\u00df \u65e5\u672c \u{1f600}\u2028',
      list: [null, true, -0.5, 1e21],
      inner: { a: {} },
    };
    expect(await client.invoke('Echo', value)).toEqual(value);
    // Longer than one frame.
    const long = 'x'.repeat(20_000);
    expect(await client.invoke('Echo', long)).toBe(long);
  });

  test('hears why a call failed, and goes on', async () => {
    const { client } = await connect();
    await expect(client.invoke('Refuse', 'closed today')).rejects.toThrow(
      "HubException: An unexpected error occurred invoking 'Refuse' on the server. HubException: closed today",
    );
    await expect(client.invoke('Nope')).rejects.toThrow("Failed to invoke 'Nope' due to an error on the server.");
    await expect(client.invoke('Add', 'a', 'b')).rejects.toThrow(
      "Failed to invoke 'Add' due to an error on the server.",
    );
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('receives broadcasts, those to its groups, and messages with several arguments', async () => {
    const { client, context } = await connect();
    await client.does('send', 'Tell', { to: 'all' });
    expect(await client.happened('Message')).toEqual([{ to: 'all' }]);
    await client.invoke('Join', 'readers');
    await context.clients.group('readers').send('Two', 'one', 2);
    expect(await client.happened('Two')).toEqual(['one', 2]);
  });

  test('reads a stream to its end, to its error, or until it has enough', async () => {
    const { client, diary } = await connect();
    expect(await client.does('stream', 'Countdown', 3)).toEqual([3, 2, 1]);
    await expect(client.does('stream', 'Countdown', 0)).rejects.toThrow(
      'HubException: An error occurred on the server while streaming results. HubException: nothing to count',
    );
    expect(await client.does('stream, then cancel', 'Forever', 3)).toEqual(expect.arrayContaining([0, 1, 2]));
    await diary.first((line) => line === 'the stream is aborted');
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('streams to the server, and both ways at once', async () => {
    const { client } = await connect();
    // More than the server buffers of one upload.
    const numbers = upTo(100);
    expect(await client.does('upload', 'Sum', numbers)).toBe(4950);
    expect(await client.does('stream both ways', 'Double', numbers)).toEqual(numbers.map((n) => n * 2));
    await expect(client.does('upload, then fail', 'Sum', [1, 2])).rejects.toThrow(/HubException: .*no more/s);
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('gives the server a client result, or an error', async () => {
    const { client } = await connect();
    expect(await client.invoke('Ask', 'four')).toBe(4);
    await expect(client.invoke('Ask', '')).rejects.toThrow('HubException: no question');
    expect(await client.invoke('Ask', 'more')).toBe(4);
  });

  test('connects again by itself after the server has let it go', async () => {
    const { client, diary } = await connect();
    await client.does('send', 'Drop');
    await client.happened('Reconnecting');
    await client.happened('Reconnected');
    expect(await client.invoke('Add', 1, 2)).toBe(3);
    expect(await diary.until(3)).toEqual(['connected', 'disconnected: aborted', 'connected']);
  });

  test('with stateful reconnect: over sockets that are cut, nothing is lost, nothing comes twice, and the hub does not notice', async () => {
    const diary = new Inbox<string>();
    const goOn = defer<void>();
    const hub = hubFor(diary, goOn.promise);
    const { port, server } = await startServer({ '/hub': hub });
    const { all } = server.context(hub).clients;
    // The first budget has to suffice for the handshake. The second ends before the client has sent its Sequence.
    const proxy = await startCuttingProxy(port, [1_000, 1, 700, 60, 1_500]);
    const client = await DotnetClient.start(program, `http://127.0.0.1:${proxy.port}/hub`, 'returns');
    for (const n of upTo(40)) {
      await all.send('Message', n);
      expect(await client.invoke('Count')).toBe(n + 1);
      // Not more often: a client may come back ten times in ten seconds.
      if (n % 16 === 8) proxy.cut();
    }
    const sum = client.does('upload', 'Sum', upTo(40));
    await all.send('Message', 40);
    expect(await client.all('Message', 41)).toEqual(upTo(41).map((n) => [n]));
    proxy.cut();
    expect(await sum).toBe(780);
    expect(await client.invoke('Ask', 'four')).toBe(4);
    // After this the connection is not cut: the client does not count what is sent again of a stream that has ended.
    const halves = client.does('stream', 'Halves', 20);
    await diary.first((line) => line === 'half');
    proxy.cut();
    goOn.resolve();
    expect(await halves).toEqual(upTo(20));
    expect(await client.invoke('Count')).toBe(41);

    expect(client.events).toHaveLength(41);
    expect(proxy.cuts).toBeGreaterThan(6);
    await client.does('stop');
    expect(await diary.until(3)).toEqual(['connected', 'half', 'disconnected: client-closed']);
  });

  test('stops', async () => {
    const { client, diary } = await connect();
    await client.does('stop');
    expect(await client.happened('Closed')).toEqual([null]);
    expect(await diary.until(2)).toEqual(['connected', 'disconnected: client-closed']);
  });
});

describe.skipIf(built?.hasOwnTransports !== true)('the official .NET client with AccessTokenProvider', () => {
  const hub = setupHub({}).createHub({
    authorize: 'authenticated',
    methods: { Me: method([], ({ user }) => user?.id) },
  });
  const now = Math.floor(Date.now() / 1_000);

  test.each(TRANSPORTS)('is let in over %s with a token and with a key, and says 401 for a wrong one', async (by) => {
    const authenticate = firstOf(jwt({ secret: SECRET }), apiKeys());
    const { url, server } = await startServer({ '/hub': hub }, { authenticate, storage: 'memory:' });
    const { secret } = await server.keys.create({ kind: 'virtual', name: 'app', userId: 'app' });
    const token = await tokenOf({ iat: now, exp: now + 3_600 });
    const start = (credential: string) => DotnetClient.start(program, url('/hub'), by, credential);
    expect(await (await start(token)).invoke('Me')).toBe('ada');
    expect(await (await start(secret)).invoke('Me')).toBe('app');
    await expect(start(mistyped(secret, 30))).rejects.toThrow('401 (Unauthorized)');
    await expect(start(await tokenOf({ exp: now - 61 }))).rejects.toThrow('401 (Unauthorized)');
  });
});
