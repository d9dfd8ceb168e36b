import { describe, expect, test } from 'vitest';
import type { Origins } from '../../src/index.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, type HeaderLines, requestText } from '../support/raw-http.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';
import { TextSocket } from '../support/text-socket.ts';

const APP = 'https://app.example';
const OFFICIAL = 'authorization,content-type,x-requested-with,x-signalr-user-agent';

async function start(origins: Origins = [APP]) {
  return startServer(
    { '/hub': emptyHub({ authorize: 'authenticated' }) },
    {
      origins,
      authenticate: ({ headers }) => (headers['x-user'] === undefined ? null : { id: headers['x-user'], roles: [] }),
    },
  );
}

const preflight = (port: number, path: string, headers: HeaderLines = {}) =>
  ask(port, requestText('OPTIONS', path, { Origin: APP, 'Access-Control-Request-Method': 'POST', ...headers }));

/** The headers that a browser checks before it gives an answer to its page. */
function corsOf({ headers }: Awaited<ReturnType<typeof ask>>): Record<string, string> {
  const names = [...headers.keys()].filter((name) => name.startsWith('access-control-') || name === 'vary');
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? '']));
}

const READABLE = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-origin': APP,
  vary: 'Origin',
};

describe('a page of an allowed origin', () => {
  test.each(['GET', 'POST', 'DELETE'])(
    'may ask by %s, with the headers of the official client and its own',
    async (method) => {
      const { port } = await start();
      for (const path of ['/hub', '/hub?id=x', '/hub/negotiate']) {
        const headers = `${OFFICIAL},x-my-own`;
        const answer = await preflight(port, path, {
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': headers,
        });
        expect(answer).toMatchObject({ status: 204, body: '' });
        expect(corsOf(answer)).toEqual({
          ...READABLE,
          'access-control-allow-methods': method,
          'access-control-allow-headers': headers,
        });
      }
    },
  );

  test('is told what it may ask by, when it asks for something else', async () => {
    const { port } = await start();
    const answer = await preflight(port, '/hub', { 'Access-Control-Request-Method': 'PATCH' });
    expect(answer.status).toBe(204);
    expect(corsOf(answer)).toEqual({ ...READABLE, 'access-control-allow-methods': 'GET, POST, DELETE' });
  });

  test('may read every answer, whatever it is', async () => {
    const { port } = await start();
    const ada = { Origin: APP, 'X-User': 'ada' };
    const client = await RawRequests.poll(port, '/hub', ada);
    const rows = [
      [200, requestText('POST', '/hub/negotiate', ada)],
      [405, requestText('GET', '/hub/negotiate', ada)],
      [401, requestText('POST', '/hub/negotiate', { Origin: APP })],
      [401, requestText('GET', client.path, { Origin: APP })],
      [400, requestText('GET', '/hub', ada)],
      [404, requestText('GET', '/hub?id=x', ada)],
      [400, requestText('GET', client.path, { ...ada, Accept: 'text/event-stream' })],
      [405, requestText('PUT', client.path, ada)],
      [405, requestText('OPTIONS', client.path, ada)],
      [200, requestText('POST', client.path, ada)],
      [202, requestText('DELETE', client.path, ada)],
    ] as const;
    for (const [status, request] of rows) {
      const answer = await ask(port, request);
      expect([request.split('\r\n')[0], answer.status]).toEqual([request.split('\r\n')[0], status]);
      expect(corsOf(answer)).toEqual(READABLE);
    }
  });

  test('may be allowed by a function', async () => {
    const { port } = await start((origin) => origin.endsWith('.example'));
    expect(corsOf(await preflight(port, '/hub'))).toMatchObject({ 'access-control-allow-origin': APP });
    expect((await preflight(port, '/hub', { Origin: 'https://app.test' })).status).toBe(403);
  });
});

describe('a page of another origin', () => {
  const FOREIGN = { Origin: 'https://evil.example', 'X-User': 'ada' };

  test('is refused, before it is looked at who asks, and may not even read that', async () => {
    const { port } = await start();
    const client = await RawRequests.poll(port, '/hub', { 'X-User': 'ada' });
    const requests = [
      requestText('OPTIONS', '/hub', { ...FOREIGN, 'Access-Control-Request-Method': 'POST' }),
      requestText('POST', '/hub/negotiate', FOREIGN),
      requestText('GET', client.path, FOREIGN),
      requestText('GET', client.path, { ...FOREIGN, Accept: 'text/event-stream' }),
      requestText('POST', client.path, FOREIGN),
      requestText('DELETE', client.path, FOREIGN),
    ];
    for (const request of requests) {
      const answer = await ask(port, request);
      expect([answer.status, corsOf(answer)]).toEqual([403, {}]);
    }
    // The connection is unaffected.
    expect((await client.post({ type: 6 }).answer).status).toBe(200);
  });

  test.each(['null', '*', 'https://app.example.evil.example'])(
    'such as %s is never named as allowed',
    async (origin) => {
      const { port } = await start();
      expect(corsOf(await preflight(port, '/hub', { Origin: origin }))).toEqual({});
    },
  );
});

test('without an origin nothing is said of any', async () => {
  const { port } = await start();
  const answer = await ask(port, requestText('POST', '/hub/negotiate', { 'X-User': 'ada' }));
  expect([answer.status, corsOf(answer)]).toEqual([200, {}]);
});

describe('a request whose headers are too long', () => {
  const LONG = 'x'.repeat(20_000);
  const oversized = (headers: HeaderLines, path = '/hub/negotiate') => requestText('POST', path, headers);

  test.each([
    ['in a cookie', oversized({ Origin: APP, Cookie: LONG })],
    ['before its Origin', oversized({ Cookie: LONG, Origin: APP })],
    ['in its query', oversized({ Origin: APP }, `/hub?access_token=${LONG}`)],
  ])('gets 431 that a page of an allowed origin may read: %s', async (_where, request) => {
    const { port } = await start();
    const answer = await ask(port, request);
    expect(answer.status).toBe(431);
    expect(corsOf(answer)).toEqual(READABLE);
    expect(answer.body).toContain('--max-http-header-size');
    expect(answer.headers.get('connection')).toBe('close');
  });

  test.each<[string, HeaderLines, Origins]>([
    ['has another origin', { Origin: 'https://evil.example' }, [APP]],
    ['has no origin', {}, () => true],
    ['has an origin that no browser sends', { Origin: 'a\u0000b' }, () => true],
    [
      'has an origin whose check throws',
      { Origin: APP },
      () => {
        throw new Error('on purpose');
      },
    ],
  ])('gets the answer of Node when it %s', async (_what, headers, origins) => {
    const { port } = await start(origins);
    const answer = await ask(port, oversized({ Cookie: LONG, ...headers }));
    expect(answer.status).toBe(431);
    expect(corsOf(answer)).toEqual({});
  });

  test('and other requests that cannot be read get the answer of Node', async () => {
    const { port } = await start();
    const answer = await ask(port, `POST /hub HTTP/1.1\r\nOrigin: ${APP}\r\nno header\r\n\r\n`);
    expect([answer.status, corsOf(answer)]).toEqual([400, {}]);
  });

  test('does not get into the middle of the answer before it', async () => {
    const { port } = await start();
    const client = await RawRequests.negotiate(port, '/hub', { 'x-user': 'ann' });
    const stream = requestText('GET', client.path, { Accept: 'text/event-stream', 'x-user': 'ann' });
    const socket = new TextSocket(port, stream);
    await socket.until(':\r\n');
    socket.socket.write(oversized({ Origin: APP, Cookie: LONG }));
    await socket.closed;
    expect(socket.text).not.toContain('431');
  });
});
