// Keys that a server changes itself, over real sockets and on a simulated clock that stands still.
import { describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/auth/index.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import { setupHub } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { openRaw } from '../support/clients.ts';
import { CountedStore } from '../support/key-site.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { startTimedServer } from '../support/timed-server.ts';

const ENDED = { type: 7, error: 'Connection closed with an error.' };

/** A server with a key, which it has read and which a client is connected with. */
async function start() {
  const clock = new SimulatedClock();
  const memory = new MemoryStorage(undefined, clock);
  const store = new CountedStore(memory.keys);
  const { sessions } = memory;
  const storage = { sessions, keys: store, open: memory.open.bind(memory), close: memory.close.bind(memory) };
  const hubs = { '/hub': setupHub({}).createHub({ methods: {} }) };
  const { server, port, pass } = await startTimedServer(hubs, { storage, authenticate: apiKeys() }, clock);
  const { key, secret } = await server.keys.create({ kind: 'virtual', name: 'app' });
  const client = await openRaw(port, { headers: { 'X-API-Key': secret } });
  return {
    store,
    pass,
    keys: server.keys,
    id: key.id,
    secret,
    client,
    /** The keys as another process changes them. */
    elsewhere: new StoredKeys(memory.keys, clock),
    status: async (text: string) =>
      (await ask(port, requestText('POST', '/hub/negotiate?negotiateVersion=1', { 'X-API-Key': text }))).status,
  };
}

describe('a key', () => {
  test('that is revoked here ends at once, with its connections', async () => {
    const { keys, id, secret, client, status } = await start();
    expect(await keys.revoke(id)).toBe(true);
    expect(await status(secret)).toBe(401);
    expect(await client.ended).toEqual({ code: 1000 });
    expect(client.records.all.at(-1)).toEqual(ENDED);
  });

  test('that gets a new secret here has it at once, and the old one ends with its connections', async () => {
    const { keys, id, secret, client, status } = await start();
    const { secret: newer } = await keys.rotate(id);
    expect(await status(newer)).toBe(200);
    expect(await status(secret)).toBe(401);
    expect(await client.ended).toEqual({ code: 1000 });
  });

  test('with an overlap has both, until the old one ends with its connections', async () => {
    const { keys, id, secret, client, status, pass } = await start();
    const { secret: newer } = await keys.rotate(id, { overlapMs: 2_000 });
    expect([await status(newer), await status(secret)]).toEqual([200, 200]);
    pass(3_000);
    expect(await client.ended).toEqual({ code: 1000 });
    expect([await status(newer), await status(secret)]).toEqual([200, 401]);
  });

  test('that another process revokes while it gets a new secret here is not good with that', async () => {
    const { store, keys, elsewhere, id, client, status } = await start();
    const put = store.put;
    store.put = async (row) => {
      await elsewhere.revoke(id);
      return put(row);
    };
    const { secret: newer } = await keys.rotate(id);
    expect(await status(newer)).toBe(401);
    expect(await client.ended).toEqual({ code: 1000 });
  });

  test('that is revoked here is so, too, when it cannot be read then, and is out within a second', async () => {
    const { store, keys, id, client, pass } = await start();
    const put = store.put;
    store.put = async (row) => {
      await put(row);
      store.failure = new Error('away');
    };
    expect(await keys.revoke(id)).toBe(true);
    store.failure = undefined;
    pass(1_000);
    expect(await client.ended).toEqual({ code: 1000 });
  });
});
