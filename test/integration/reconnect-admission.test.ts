import { describe, expect, test } from 'vitest';
import { type HubOptions, method, type ServerOptions, setupHub, type User } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { any } from '../support/schemas.ts';
import { type Hubs, startServer, type TestServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';

const ASKED = 'useStatefulReconnect=true';
const HANDSHAKE = '{"protocol":"json","version":2}\x1e';

type Begin = (hubs: Hubs, options: Omit<ServerOptions, 'hubs'>) => Promise<TestServer>;

async function start(options: HubOptions = { allowStatefulReconnects: true }, begin: Begin = startServer) {
  const ends: string[] = [];
  const texts: string[] = [];
  const hub = setupHub({}).createHub({
    options,
    onDisconnected: (_hub, reason) => {
      ends.push(reason.name);
      texts.push(reason.text);
    },
    methods: { Echo: method([any<string>()], (_hub, text) => text) },
  });
  const authenticate = ({ headers }: { headers: Readonly<Record<string, string | undefined>> }): User | null =>
    headers['x-user'] === undefined ? null : { id: headers['x-user'], roles: [] };
  const { port, server } = await begin({ '/hub': hub }, { authenticate });
  return { port, server, ends, texts };
}

/** A connection of that user, after its handshake. */
async function connected(port: number, headers = {}, handshake = HANDSHAKE, query = ASKED) {
  const { connectionToken } = await negotiate(port, '/hub', headers, query);
  const path = `/hub?id=${connectionToken}`;
  const client = await openRaw(port, { path, headers, handshake: false });
  client.text(handshake);
  await client.records.until(1);
  return { client, path };
}

const answerOf = async (port: number, query: string) =>
  (await ask(port, requestText('POST', `/hub/negotiate?negotiateVersion=1&${query}`))).body;

describe('stateful reconnect is promised', () => {
  test('if the client asks for it and the hub allows it', async () => {
    const { port } = await start();
    expect(await answerOf(port, ASKED)).toMatch(/^\{"useStatefulReconnect":true,"negotiateVersion":1,/);
    expect(await answerOf(port, 'USESTATEFULRECONNECT=True')).toContain('useStatefulReconnect');
  });

  test('and not to one who has not asked, whose client would refuse to hear of it', async () => {
    const { port } = await start();
    for (const query of ['', 'useStatefulReconnect=false', 'useStatefulReconnect=1', `${ASKED}&${ASKED}`]) {
      expect(await answerOf(port, query)).not.toContain('useStatefulReconnect');
    }
  });

  test('and not by a hub that has not said that it allows it', async () => {
    const { port } = await start({});
    expect(await answerOf(port, ASKED)).not.toContain('useStatefulReconnect');
  });
});

describe('a client that comes back again and again', () => {
  const RETURNS = 10;
  const STATEFUL = { allowStatefulReconnects: true };
  const text = 'The client has come back more than 10 times within 10000 ms.';

  test('is let in ten times in ten seconds; then its connection ends, and is unknown', async () => {
    const { port, server, ends, texts } = await start();
    const { client, path } = await connected(port);
    for (let n = 0; n < RETURNS; n++) {
      const again = await openRaw(port, { path, handshake: false });
      await again.records.first(({ type }) => type === 9);
      again.socket.destroy();
    }
    client.socket.destroy();
    expect(await ask(port, upgradeRequest(path))).toMatchObject({ status: 404, body: 'No Connection with that ID' });
    await eventually(() => server.supervisor.size === 0);
    expect({ ends, texts }).toEqual({ ends: ['connection-lost'], texts: [text] });
    expect((await ask(port, upgradeRequest(path))).status).toBe(404);
  });

  test('loses the socket that it still has by that, too; what it had sent is done', async () => {
    const { port, texts } = await start();
    const { path } = await connected(port);
    for (let n = 1; n < RETURNS; n++)
      (await openRaw(port, { path, handshake: false })).send({ type: 9, sequenceId: 1 });
    const last = await openRaw(port, { path, handshake: false });
    last.send({ type: 9, sequenceId: 1 });
    expect(await last.invoke('Echo', 'here')).toMatchObject({ result: 'here' });
    expect((await ask(port, upgradeRequest(path))).status).toBe(404);
    expect((await last.ended).code).toBe(1000);
    expect(texts).toEqual([text]);
  });

  test('is let in as often as it likes when that takes longer', async () => {
    let pass = (_ms: number): void => {};
    const { port, ends } = await start(STATEFUL, async (...server) => {
      const started = await startTimedServer(...server);
      pass = started.pass;
      return started;
    });
    const { path } = await connected(port);
    for (let n = 0; n < 3 * RETURNS; n++) {
      const again = await openRaw(port, { path, handshake: false });
      await again.records.first(({ type }) => type === 9);
      pass(1_000);
    }
    expect(ends).toEqual([]);
  });

  test('costs itself alone: attempts of others do not count', async () => {
    const { port, ends } = await start();
    const { path } = await connected(port, { 'X-User': 'ann' });
    for (let n = 0; n < 2 * RETURNS; n++) expect((await ask(port, upgradeRequest(path))).status).toBe(404);
    await openRaw(port, { path, headers: { 'X-User': 'ann' }, handshake: false });
    expect(ends).toEqual([]);
  });
});

describe('the token of a connection', () => {
  test('opens it again to the same user only: to anybody else it does not exist', async () => {
    const { port, ends } = await start();
    const { client, path } = await connected(port, { 'X-User': 'ann' });
    for (const headers of [{}, { 'X-User': 'bob' }]) {
      const answer = await ask(port, upgradeRequest(path, headers));
      expect(answer).toMatchObject({ status: 404, body: 'No Connection with that ID' });
    }
    // The attempt has changed nothing.
    expect(await client.invoke('Echo', 'still here')).toMatchObject({ result: 'still here' });
    client.socket.destroy();
    for (const headers of [{}, { 'X-User': 'bob' }]) {
      expect((await ask(port, upgradeRequest(path, headers))).status).toBe(404);
    }
    const again = await openRaw(port, { path, headers: { 'X-User': 'ann' }, handshake: false });
    // Answers from before the loss that were not acknowledged follow.
    const [first, second] = await again.records.until(2);
    expect([first, second]).toMatchObject([
      { type: 9, sequenceId: 1 },
      { type: 3, result: 'still here' },
    ]);
    expect(ends).toEqual([]);
  });

  test('takes it over from a socket that is still there, which is closed with 1000', async () => {
    const { port, ends } = await start();
    const { client, path } = await connected(port);
    const second = await openRaw(port, { path, handshake: false });
    expect((await client.ended).code).toBe(1000);
    second.send({ type: 9, sequenceId: 1 });
    expect(await second.invoke('Echo', 'here')).toMatchObject({ result: 'here' });
    expect(ends).toEqual([]);
  });

  test.each([
    ['it was not asked for', HANDSHAKE, ''],
    ['the client speaks version 1', '{"protocol":"json","version":1}\x1e', ASKED],
  ])('opens nothing when %s', async (_why, handshake, query) => {
    const { port } = await start();
    const { client, path } = await connected(port, {}, handshake, query);
    expect((await ask(port, upgradeRequest(path))).status).toBe(409);
    expect(await client.invoke('Echo', 'undisturbed')).toMatchObject({ result: 'undisturbed' });
  });

  test('opens nothing before the handshake', async () => {
    const { port } = await start();
    const { connectionToken } = await negotiate(port, '/hub', {}, ASKED);
    const path = `/hub?id=${connectionToken}`;
    await openRaw(port, { path, handshake: false });
    expect((await ask(port, upgradeRequest(path))).status).toBe(409);
  });

  test('is of no use to another transport', async () => {
    const { port } = await start();
    const { path } = await connected(port);
    expect((await ask(port, requestText('GET', path))).status).toBe(400);
    expect((await ask(port, requestText('GET', path, { Accept: 'text/event-stream' }))).status).toBe(400);
  });

  test('is of no use to a server that drains', async () => {
    const { port, server, ends } = await start();
    const { client, path } = await connected(port);
    client.socket.destroy();
    await server.close({ drainMs: 1_000 });
    expect(ends).toHaveLength(1);
    await expect(ask(port, upgradeRequest(path))).rejects.toThrow('ECONNREFUSED');
  });
});
