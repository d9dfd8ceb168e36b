import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Authenticator, createServer } from '../../src/index.ts';
import { clientOf, openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { Inbox } from '../support/inbox.ts';
import { ask, type HeaderLines, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { startServer } from '../support/test-server.ts';

/** `X-User: ada admin` is Ada with that role; without the header there is no user; `bad` is a forged token. */
const authenticate: Authenticator = ({ headers }) => {
  const header = headers['x-user'];
  if (header === undefined) return null;
  const [id = '', ...roles] = header.split(' ');
  if (id === 'bad') throw new Error('the signature does not match the secret 1234');
  return { id, roles };
};

const startAs = (authorize: Parameters<typeof emptyHub>[0] = {}) =>
  startServer({ '/hub': emptyHub(authorize) }, { authenticate });

async function answers(port: number, headers: HeaderLines) {
  const negotiated = await ask(port, requestText('POST', '/hub/negotiate?negotiateVersion=1', headers));
  const upgraded = await ask(port, upgradeRequest('/hub', headers));
  return [negotiated, upgraded] as const;
}

const statuses = async (port: number, headers: HeaderLines) =>
  (await answers(port, headers)).map(({ status }) => status);

describe('authenticate', () => {
  test('that throws is 401, even where everybody may enter, and its text stays here', async () => {
    const { port } = await startAs();
    for (const answer of await answers(port, { 'X-User': 'bad' })) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(JSON.stringify([answer.body, ...answer.headers])).not.toContain('1234');
    }
  });

  test.each([
    ['a text', 'ada'],
    ['a user without an id', { roles: [] }],
    ['a user with an empty id', { id: '', roles: [] }],
    ['a user without roles', { id: 'ada' }],
    ['an id that is a number', { id: 7, roles: [] }],
    ['true', true],
    ['a user until a date that is a text', { id: 'ada', roles: [], expiresAt: '2030-01-01' }],
    ['a user until a moment that is no number', { id: 'ada', roles: [], expiresAt: Number.NaN }],
  ])('that returns %s lets nobody in', async (_what, user) => {
    const { port } = await startServer(
      { '/hub': emptyHub() },
      { authenticate: (() => user) as unknown as Authenticator },
    );
    expect(await statuses(port, {})).toEqual([401, 401]);
  });

  test('that never settles holds up nobody else', async () => {
    const stuck: Authenticator = (request, raw) =>
      request.headers['x-user'] === 'stuck' ? new Promise<never>(() => {}) : authenticate(request, raw);
    const { port } = await startServer({ '/hub': emptyHub() }, { authenticate: stuck });
    // They disconnect in the end, as real clients do.
    const held = [0, 1].map((n) =>
      ask(
        port,
        n === 0
          ? upgradeRequest('/hub', { 'X-User': 'stuck' })
          : requestText('POST', '/hub/negotiate', { 'X-User': 'stuck' }),
      ),
    );
    const outcome = Promise.race(
      held.map((one) =>
        one.then(
          ({ status }) => status,
          () => 'hung up',
        ),
      ),
    );
    const client = await openRaw(port, { headers: { 'X-User': 'ada' } });
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    expect(await Promise.race([outcome, Promise.resolve('still held')])).toBe('still held');
  });
});

describe('while authenticate takes its time', () => {
  /** An `authenticate` that waits until the test lets it continue; `asked` is the number of calls that wait. */
  function slowly() {
    const asked = new Inbox<() => void>();
    const authenticate: Authenticator = () => new Promise((resolve) => asked.put(() => resolve(null)));
    return { asked, authenticate };
  }

  test('a client that hangs up leaves nothing behind', async () => {
    const { asked, authenticate } = slowly();
    const { port, server } = await startServer({ '/hub': emptyHub() }, { authenticate });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).write(upgradeRequest('/hub'));
    await asked.until(1);
    socket.resetAndDestroy();
    // The server has seen the end of that socket when it answers a later request.
    await ask(port, requestText('GET', '/'));
    asked.all[0]?.();
    await ask(port, requestText('GET', '/'));
    expect(server.supervisor.size).toBe(0);
    expect(server.runtimes.get('/hub')?.endpoint.negotiations).toMatchObject({ pending: 0, active: 0 });
  });

  test('a server that closes lets nobody in any more', async () => {
    const { asked, authenticate } = slowly();
    const { port, server } = await startServer({ '/hub': emptyHub() }, { authenticate });
    const answer = ask(port, upgradeRequest('/hub'));
    await asked.until(1);
    await server.close();
    asked.all[0]?.();
    expect((await answer).status).toBe(503);
  });
});

describe('authorize', () => {
  test.each([
    ['anonymous', 200, 200, 200],
    ['authenticated', 401, 200, 200],
    ['admin', 401, 403, 200],
    [['owner', 'admin'], 401, 403, 200],
    [['owner'], 401, 403, 403],
    [[], 401, 403, 403],
    [(user: { id: string } | null) => user?.id === 'root', 401, 403, 200],
    [() => true, 200, 200, 200],
    [
      () => {
        throw new Error('no');
      },
      403,
      403,
      403,
    ],
  ])('%s: nobody gets %i, Ada %i, the admin root %i', async (authorize, nobody, ada, root) => {
    const { port } = await startAs({ authorize });
    const both = (status: number) => [status, status === 200 ? 101 : status];
    expect(await statuses(port, {})).toEqual(both(nobody));
    expect(await statuses(port, { 'X-User': 'ada' })).toEqual(both(ada));
    expect(await statuses(port, { 'X-User': 'root admin' })).toEqual(both(root));
  });

  test('a function that is not exactly true says no', async () => {
    const { port } = await startAs({ authorize: (() => 'yes') as unknown as () => boolean });
    expect(await statuses(port, { 'X-User': 'ada' })).toEqual([403, 403]);
  });

  test('the official client is told that it may not', async () => {
    const { url } = await startAs({ authorize: 'authenticated' });
    await expect(clientOf(url('/hub')).start()).rejects.toThrow('401');
  });
});

describe('a negotiated token', () => {
  test('belongs to the user who negotiated it: for anybody else it does not exist', async () => {
    const { port, server } = await startAs();
    const { connectionId, connectionToken } = await negotiate(port, '/hub', { 'X-User': 'ada' });
    const path = `/hub?id=${connectionToken}`;
    for (const headers of [{ 'X-User': 'bob' }, {}]) {
      const answer = await ask(port, upgradeRequest(path, headers));
      expect([answer.status, answer.body]).toEqual([404, 'No Connection with that ID']);
    }
    // The failed attempts have not used it up.
    expect(server.supervisor.size).toBe(0);
    const ada = await openRaw(port, { path, headers: { 'X-User': 'ada' } });
    expect((await ada.invoke('WhoAmI')).result).toEqual({ connectionId, user: { id: 'ada', roles: [] } });
  });

  test('of nobody in particular is of no use to somebody', async () => {
    const { port } = await startAs();
    const { connectionToken } = await negotiate(port, '/hub');
    expect((await ask(port, upgradeRequest(`/hub?id=${connectionToken}`, { 'X-User': 'ada' }))).status).toBe(404);
  });

  test('is good for its own hub only', async () => {
    const { port } = await startServer({ '/one': emptyHub(), '/two': emptyHub() });
    const { connectionToken } = await negotiate(port, '/one');
    expect((await ask(port, upgradeRequest(`/two?id=${connectionToken}`))).status).toBe(404);
    await openRaw(port, { path: `/one?id=${connectionToken}` });
  });

  test('is not the public connection id', async () => {
    const { port } = await startAs();
    const { connectionId, connectionToken } = await negotiate(port, '/hub');
    expect(connectionToken).not.toBe(connectionId);
    expect((await ask(port, upgradeRequest(`/hub?id=${connectionId}`))).status).toBe(404);
  });
});

test('options that nobody can mean are refused while the server is made', () => {
  expect(() => createServer({ hubs: {}, authentication: authenticate } as never)).toThrow(
    'there is no option authentication',
  );
});
