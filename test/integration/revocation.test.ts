// Credentials that are revoked while their connections live, over real sockets and on a simulated clock.
import { describe, expect, test } from 'vitest';
import { apiKeys, firstOf, jwt, type KeyStore } from '../../src/auth/index.ts';
import { type Authenticator, type CloseReason, type HubOptions, method, setupHub } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SECRET, tokenOf } from '../auth/signed-tokens.ts';
import { openRaw } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { CountedStore, settled } from '../support/key-site.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { arrived, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';

/** `X-Credential` is the id of the credential, `X-Issued` the moment at which it was issued. The user is always ann. */
const authenticate: Authenticator = ({ headers }) => {
  const { 'x-credential': credentialId, 'x-issued': issued } = headers;
  if (credentialId === undefined) return { id: 'bob', roles: [] };
  return { id: 'ann', roles: [], credentialId, ...(issued === undefined ? {} : { issuedAt: Number(issued) }) };
};
const shows = (credential: string, issued?: number) => ({
  'X-Credential': credential,
  ...(issued === undefined ? {} : { 'X-Issued': String(issued) }),
});
const PING = { type: 1, invocationId: '1', target: 'Ping', arguments: [] };
const ENDED = { type: 7, error: 'Connection closed with an error.' };

async function start(options: HubOptions = {}, more: { authenticate?: Authenticator; storage?: Storage } = {}) {
  const ends = new Inbox<CloseReason>();
  const hold = new Hold();
  const hub = setupHub({}).createHub({
    options,
    methods: {
      Ping: method([], () => 'pong'),
      Take: method([], { upload: [undefinedSchema] }, async (_hub, items) => {
        for await (const _item of items) hold.begun.put('item');
      }),
    },
    onConnected: (hub) => (hub.request.headers['x-slow'] === undefined ? undefined : beginSlowly(hub.connectionId)),
    onDisconnected: (_hub, reason) => ends.put(reason),
  });
  const beginSlowly = (id: string) => {
    hold.begun.put(id);
    return hold.released;
  };
  const timed = await startTimedServer({ '/hub': hub }, { authenticate, ...more });
  const status = async (headers: Record<string, string>) =>
    (await ask(timed.port, requestText('POST', '/hub/negotiate?negotiateVersion=1', headers))).status;
  return { ...timed, ends, hold, status };
}

/** A schema that takes anything. */
const undefinedSchema = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;

describe('a revoked credential', () => {
  test('ends its connections, and no others, with an error and no invitation to come back', async () => {
    const { port, server, ends, status } = await start();
    const [first, second, other, bob] = [
      await openRaw(port, { headers: shows('a') }),
      await openRaw(port, { headers: shows('a') }),
      await openRaw(port, { headers: shows('b') }),
      await openRaw(port),
    ];
    expect(await server.revoke('a')).toBe(2);
    for (const client of [first, second]) {
      expect(await client.ended).toEqual({ code: 1000 });
      expect(client.records.all.at(-1)).toEqual(ENDED);
    }
    expect(await ends.until(2)).toEqual(
      Array(2).fill({
        name: 'unauthorized',
        text: expect.stringContaining('revoked'),
        allowReconnect: false,
      }),
    );
    for (const client of [other, bob]) expect(await client.invoke('Ping')).toMatchObject({ result: 'pong' });
    expect(await status(shows('a'))).toBe(401);
    expect(await status(shows('b'))).toBe(200);
    expect(await server.revoke('a')).toBe(0);
  });

  test('ends a connection whose poll waits, and one between two polls', async () => {
    const { port, server, ends, pass } = await start();
    const waiting = await RawRequests.poll(port, '/hub', shows('a'));
    const away = await RawRequests.poll(port, '/hub', shows('a'));
    const poll = waiting.get();
    await arrived(port);
    expect(await server.revoke('a')).toBe(2);
    expect(recordsOf(await poll.answer)).toEqual([ENDED]);
    expect((await ends.until(2)).map(({ name }) => name)).toEqual(['unauthorized', 'unauthorized']);
    // The one that is away gets no time to come for the end.
    pass(1_000);
    await eventually(() => server.supervisor.size === 0);
    for (const client of [waiting, away]) expect((await client.get().answer).status).toBe(401);
  });

  test('ends an event stream, and takes no POST for it', async () => {
    const { port, server, ends } = await start();
    const client = await RawRequests.negotiate(port, '/hub', shows('a'));
    const stream = client.stream();
    await client.post({ protocol: 'json', version: 1 }).answer;
    await stream.pieces.first((text) => text.includes('{}'));
    expect(await server.revoke('a')).toBe(1);
    expect((await stream.answer).body).toContain(JSON.stringify(ENDED));
    expect((await client.post(PING).answer).status).toBe(401);
    expect((await ends.until(1))[0]?.name).toBe('unauthorized');
  });

  test('counts only as long as it is the latest that its client has shown', async () => {
    const { port, server } = await start();
    const client = await RawRequests.poll(port, '/hub', shows('a'));
    const poll = client.get({ headers: shows('b') });
    await arrived(port);
    expect(await server.revoke('a')).toBe(0);
    expect(await server.revoke('b')).toBe(1);
    expect(recordsOf(await poll.answer)).toEqual([ENDED]);
  });

  test('ends a connection whose client is away and may come back', async () => {
    const { port, server, ends } = await start({ allowStatefulReconnects: true });
    const { connectionToken } = await negotiate(port, '/hub', shows('a'), 'useStatefulReconnect=true');
    const path = `/hub?id=${connectionToken}`;
    const client = await openRaw(port, { path, headers: shows('a'), handshake: false });
    client.send({ protocol: 'json', version: 2 });
    await client.records.until(1);
    client.reset();
    await eventually(() => server.services.detached.size === 1);
    expect(await server.revoke('a')).toBe(1);
    expect((await ends.until(1))[0]?.name).toBe('unauthorized');
  });

  test('ends a connection before its handshake', async () => {
    const { port, server } = await start();
    const silent = await openRaw(port, { headers: shows('a'), handshake: false });
    expect(await server.revoke('a')).toBe(1);
    expect(await silent.ended).toEqual({ code: 1000 });
    expect(silent.records.all).toEqual([{ error: 'Handshake was canceled.' }]);
  });

  test('ends a connection while onConnected runs, without waiting for it', async () => {
    const { port, server, hold } = await start();
    const client = await openRaw(port, { headers: { ...shows('a'), 'X-Slow': 'yes' } });
    await hold.begun.until(1);
    expect(await server.revoke('a')).toBe(1);
    expect(await client.ended).toEqual({ code: 1000 });
    expect(server.supervisor.size).toBe(1);
    hold.release();
    await eventually(() => server.supervisor.size === 0);
  });

  test('ends a connection that uploads', async () => {
    const { port, server, ends, hold } = await start();
    const client = await openRaw(port, { headers: shows('a') });
    client.send({ type: 1, invocationId: '1', target: 'Take', arguments: [], streamIds: ['s'] });
    client.send({ type: 2, invocationId: 's', item: 1 });
    await hold.begun.until(1);
    expect(await server.revoke('a')).toBe(1);
    expect(await client.ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('unauthorized');
  });

  test('admits nobody for whom authenticate was still running', async () => {
    const hold = new Hold();
    const { server, status } = await start(
      {},
      {
        authenticate: async (request, raw) => {
          hold.begun.put('asked');
          await hold.released;
          return authenticate(request, raw);
        },
      },
    );
    const answer = status(shows('a'));
    await hold.begun.until(1);
    await server.revoke('a');
    hold.release();
    expect(await answer).toBe(401);
  });

  test('ends a connection that opens in the moment in which it is revoked', async () => {
    const hub = setupHub({}).createHub({
      methods: {},
      // It is asked after the credential was looked up, and before the transport opens.
      authorize: () => {
        void timed.server.revoke('a');
        return true;
      },
    });
    const timed = await startTimedServer({ '/hub': hub }, { authenticate });
    const client = await openRaw(timed.port, { headers: shows('a'), handshake: false });
    expect(await client.ended).toEqual({ code: 1000 });
  });
});

describe('what is revoked is remembered', () => {
  const HOUR_MS = 3_600_000;
  const MINUTE_MS = 60_000;

  /** A server with tokens for an hour, and what its storage remembers. */
  async function withTokens(options: HubOptions = {}) {
    const clock = new SimulatedClock();
    const storage = new MemoryStorage(undefined, clock);
    const hubs = { '/hub': setupHub({}).createHub({ options, methods: {} }) };
    const authenticator = firstOf(jwt({ secret: SECRET }), authenticate);
    const timed = await startTimedServer(hubs, { storage, authenticate: authenticator }, clock);
    const end = clock.wallNow() + HOUR_MS;
    const bearer = async (jti: string) => ({ Authorization: `Bearer ${await tokenOf({ jti, exp: end / 1_000 })}` });
    const remembered = async () => (await storage.keys.changesSince(0)).credentials;
    return { ...timed, end, bearer, remembered };
  }

  test('as long as its token is good, which nobody is connected with', async () => {
    const { server, port, end, bearer, remembered, clock } = await withTokens();
    const headers = await bearer('a');
    const status = async () => (await ask(port, requestText('POST', '/hub/negotiate', headers))).status;
    expect(await status()).toBe(200);
    expect(await server.revoke('a')).toBe(0);
    expect(await remembered()).toEqual([{ id: 'a', until: end + MINUTE_MS }]);
    // For a minute after its end the clock of its issuer may still show an earlier moment.
    clock.increment(HOUR_MS + MINUTE_MS - 1);
    expect(await status()).toBe(401);
    expect(await remembered()).toHaveLength(1);
    clock.increment(1);
    expect(await status()).toBe(401);
    expect(await remembered()).toEqual([]);
  });

  test('as long as the token of a connection is good, which was verified long ago', async () => {
    const { server, port, end, bearer, remembered, clock } = await withTokens({ clientTimeoutMs: HOUR_MS });
    await openRaw(port, { headers: await bearer('a') });
    clock.increment(2 * MINUTE_MS);
    await openRaw(port, { headers: await bearer('other') });
    expect(await server.revoke('a')).toBe(1);
    expect(await remembered()).toEqual([{ id: 'a', until: end + MINUTE_MS }]);
  });

  test('longer than a hub lets a connection live with it', async () => {
    const { server, port, end, bearer, remembered } = await withTokens({ maximumAuthenticationExpirationMs: 1_000 });
    await openRaw(port, { headers: await bearer('a') });
    await openRaw(port, { headers: shows('b') });
    await server.revoke('a');
    await server.revoke('b');
    expect(await remembered()).toEqual([
      { id: 'a', until: end + MINUTE_MS },
      { id: 'b', until: null },
    ]);
  });

  test('for ever when one of two connections with it knows no end', async () => {
    const expiring = { id: 'ann', roles: [], credentialId: 'a', expiresAt: Date.UTC(2030, 1) };
    const clock = new SimulatedClock();
    const storage = new MemoryStorage(undefined, clock);
    const { server, port } = await startTimedServer(
      { '/hub': setupHub({}).createHub({ methods: {} }) },
      {
        storage,
        authenticate: (request, raw) =>
          request.headers['x-credential'] === 'b' ? expiring : authenticate(request, raw),
      },
      clock,
    );
    await openRaw(port, { headers: shows('a') });
    await openRaw(port, { headers: shows('b') });
    expect(await server.revoke('a')).toBe(2);
    expect((await storage.keys.changesSince(0)).credentials).toEqual([{ id: 'a', until: null }]);
  });

  test.each([
    ['a later one', 5_000_000_000_000, 5_000_000_000_000],
    ['an earlier one', 5, Date.UTC(2030, 1)],
    ['none', undefined, Date.UTC(2030, 1)],
    ['an endless one', Number.POSITIVE_INFINITY, null],
  ])('until the latest moment that is known, when an authenticator knows %s', async (_what, end, until) => {
    const clock = new SimulatedClock();
    const storage = new MemoryStorage(undefined, clock);
    const user = { id: 'ann', roles: [], credentialId: 'a', expiresAt: Date.UTC(2030, 1) };
    const { server, port } = await startTimedServer(
      { '/hub': setupHub({}).createHub({ methods: {} }) },
      { storage, authenticate: Object.assign(() => user, { endOf: () => end }) },
      clock,
    );
    await openRaw(port);
    await server.revoke('a');
    expect((await storage.keys.changesSince(0)).credentials).toEqual([{ id: 'a', until }]);
  });
});

describe('a revoked user', () => {
  test('is out with everything that was issued until now, and may come back with something newer', async () => {
    const { port, server, status, clock } = await start();
    const now = clock.wallNow();
    const [old, unknown, bob] = [
      await openRaw(port, { headers: shows('a', now - 1) }),
      await openRaw(port, { headers: shows('b') }),
      await openRaw(port),
    ];
    expect(await server.revoke({ userId: 'ann' })).toBe(2);
    await Promise.all([old.ended, unknown.ended]);
    expect(await bob.invoke('Ping')).toMatchObject({ result: 'pong' });
    expect(await status(shows('c', now))).toBe(401);
    expect(await status(shows('c', now + 1))).toBe(200);
    // Nobody knows when it was issued.
    expect(await status(shows('c'))).toBe(200);
  });
});

describe('what another process revokes', () => {
  /** The keys of a storage that another process writes to. */
  function sharedStore() {
    const revoked = {
      credentials: [] as { id: string; until: number | null }[],
      users: [] as { id: string; at: number }[],
    };
    let trouble: Error | undefined;
    const asked: number[] = [];
    const unasked = () => Promise.reject(new Error('there is no key in this test'));
    const keys: KeyStore = {
      put: unasked,
      find: unasked,
      list: unasked,
      touched: unasked,
      changesSince: async (at: number) => {
        asked.push(at);
        if (trouble !== undefined) throw trouble;
        return { keys: [], ...revoked };
      },
      revokeCredential: async (id: string, _at: number, until: number | null) =>
        void revoked.credentials.push({ id, until }),
      revokeUser: async (id: string, at: number) => void revoked.users.push({ id, at }),
    };
    const memory = new MemoryStorage();
    const storage: Storage = {
      sessions: memory.sessions,
      keys,
      open: (options) => memory.open(options),
      close: () => memory.close(),
    };
    return {
      storage,
      revoked,
      asked,
      fail: (error: Error | undefined) => {
        trouble = error;
      },
    };
  }

  test('is known before the first request', async () => {
    const shared = sharedStore();
    shared.revoked.credentials.push({ id: 'a', until: null });
    const { status } = await start({}, { storage: shared.storage });
    expect(await status(shows('a'))).toBe(401);
  });

  test('is not asked for by a server whose callers are all anonymous', async () => {
    const shared = sharedStore();
    const hubs = { '/hub': setupHub({}).createHub({ methods: {} }) };
    const { pass } = await startTimedServer(hubs, { storage: shared.storage });
    pass(3_000);
    expect(shared.asked).toEqual([]);
  });

  test('is noticed within a second, also after the storage has failed', async () => {
    const shared = sharedStore();
    const { port, pass, server } = await start({}, { storage: shared.storage });
    const client = await openRaw(port, { headers: shows('a') });
    const other = await openRaw(port, { headers: shows('b', 1) });
    shared.fail(new Error('away'));
    pass(1_000);
    await eventually(() => shared.asked.length === 2);
    shared.fail(undefined);
    shared.revoked.credentials.push({ id: 'a', until: null });
    shared.revoked.users.push({ id: 'ann', at: 2 });
    await eventually(() => {
      pass(100);
      return server.supervisor.size === 0;
    });
    expect(await client.ended).toEqual({ code: 1000 });
    expect(await other.ended).toEqual({ code: 1000 });
    expect(shared.asked.length).toBe(3);
  });

  test('is asked for together with changes of keys, once a second; a store of its own is asked by itself', async () => {
    const clock = new SimulatedClock();
    const memory = new MemoryStorage(undefined, clock);
    const [keys, own] = [new CountedStore(memory.keys), new CountedStore(memory.keys)];
    const { sessions } = memory;
    const storage = { sessions, keys, open: memory.open.bind(memory), close: memory.close.bind(memory) };
    const hubs = { '/hub': setupHub({}).createHub({ methods: {} }) };
    for (const [authenticator, questions] of [
      [apiKeys(), [11, undefined]],
      [apiKeys({ store: keys }), [22, undefined]],
      [apiKeys({ store: own }), [33, 10]],
    ] as const) {
      const { server, port } = await startTimedServer(hubs, { storage, authenticate: authenticator }, clock);
      const { secret } = await server.keys.create({ kind: 'virtual', name: 'app' });
      const asked = requestText('POST', '/hub/negotiate?negotiateVersion=1', { 'X-API-Key': secret });
      expect((await ask(port, asked)).status).toBe(200);
      for (let n = 0; n < 10; n += 1) {
        clock.increment(1_000);
        await settled();
      }
      expect([keys.asked.changesSince, own.asked.changesSince]).toEqual(questions);
      await server.close({ drainMs: 0 });
    }
  });

  test('is told to the others by this one', async () => {
    const shared = sharedStore();
    const { server, clock } = await start({}, { storage: shared.storage });
    await server.revoke('a', { until: 5 });
    await server.revoke('b');
    await server.revoke({ userId: 'ann' });
    expect(shared.revoked).toEqual({
      credentials: [
        { id: 'a', until: 5 },
        { id: 'b', until: null },
      ],
      users: [{ id: 'ann', at: clock.wallNow() }],
    });
  });
});

test.each([[''], [5], [null], [{}], [{ userId: '' }], [['a']]])('%j can not be revoked', async (what) => {
  const { server } = await start();
  await expect(server.revoke(what as never)).rejects.toThrow('revoke: expected the credentialId');
  await expect(server.revoke('a', { till: 5 } as never)).rejects.toThrow('until');
  await expect(server.revoke('a', { until: '5' } as never)).rejects.toThrow('until');
});
