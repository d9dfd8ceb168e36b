// The HTTP side of a server that drains, or is about to.
import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer, method, type RequestHandler, setupHub } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { openRaw } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import { Hold } from '../support/hold.ts';
import { Inbox } from '../support/inbox.ts';
import { ask, type HttpAnswer, requestText, upgradeRequest } from '../support/raw-http.ts';
import { arrived, RawRequests } from '../support/raw-polling.ts';
import { testHub } from '../support/test-hub.ts';
import { TextSocket } from '../support/text-socket.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';

const EVENTS = { Accept: 'text/event-stream' };
const NOT_READY = { ready: false, problems: [{ part: 'server', text: 'It is draining.', severity: 'unready' }] };

const page: RequestHandler = (request, response) => {
  if (request.url !== '/') return false;
  response.end('the page');
  return true;
};

/** A hub whose `Wait` takes until the test lets it go, or its connection ends. */
function waitingHub(hold: Hold) {
  return setupHub({}).createHub({
    methods: {
      Wait: method([], async (hub) => {
        hold.begun.put(hub.connectionId);
        await Promise.race([hold.released, once(hub.signal, 'abort')]);
      }),
    },
  });
}

/** A server with one client in a call, so that a drain lasts until it is released. */
async function busy(
  transport: (typeof TRANSPORTS)[number] = 'WebSockets',
  handlers: readonly RequestHandler[] = [page],
) {
  const hold = new Hold();
  const server = createServer({ hubs: { '/hub': waitingHub(hold) }, logLevel: 'silent' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  // No connection is closed because it is idle for long.
  const { port } = await server.listen({ port: 0, handlers, keepAliveTimeoutMs: 3_600_000 });
  const client = await RawRequests.negotiate(port);
  const call = { type: 1, target: 'Wait', arguments: [] };
  if (transport === 'WebSockets') (await openRaw(port, { path: client.path })).send(call);
  else {
    if (transport === 'ServerSentEvents') await client.stream().pieces.until(1);
    else await client.get().answer;
    await client.post({ protocol: 'json', version: 1 }, call).answer;
    // Over Long Polling it is still to be told that its handshake was accepted.
    if (transport === 'LongPolling') await client.get().answer;
  }
  await hold.begun.until(1);
  return { server, port, client, hold };
}

/** Status, `Connection` and `Retry-After` of an answer. */
const told = ({ status, headers }: HttpAnswer) => [status, headers.get('connection'), headers.get('retry-after')];

const isRefused = (port: number) =>
  ask(port, requestText('GET', '/healthz')).then(
    () => false,
    () => true,
  );

describe.each(TRANSPORTS)('a server that drains, while it has a client over %s', (transport) => {
  test('answers newcomers until that client has gone, each for the last time on its connection', async () => {
    const { server, port, hold, client } = await busy(transport);
    const pending = await RawRequests.negotiate(port);
    const closing = server.close();
    const ready = await ask(port, requestText('GET', '/readyz'));
    expect(told(ready)).toEqual([503, 'close', undefined]);
    expect(JSON.parse(ready.body)).toEqual(NOT_READY);
    for (const request of [
      requestText('POST', '/hub/negotiate'),
      upgradeRequest('/hub'),
      upgradeRequest(pending.path),
      requestText('GET', pending.path),
      requestText('GET', pending.path, EVENTS),
      requestText('POST', pending.path),
    ]) {
      expect(told(await ask(port, request))).toEqual([503, 'close', '1']);
    }
    for (const [path, status] of [
      ['/healthz', 200],
      ['/', 200],
      ['/other', 404],
    ] as const) {
      expect(told(await ask(port, requestText('GET', path)))).toEqual([status, 'close', undefined]);
    }
    hold.release();
    if (transport === 'LongPolling')
      for (const status of [200, 204]) expect((await client.get().answer).status).toBe(status);
    await closing;
    expect(await isRefused(port)).toBe(true);
  });
});

describe('a server that drains', () => {
  test.each([
    ['an unknown connection', '/hub?id=unknown', [404, 404, 404, 404]],
    ['an unknown path', '/other', [404, 404, 404, 404]],
    ['a connection that has a transport', undefined, [409, 400, 400, 405]],
  ])('says what is wrong with a request before it says that it drains: %s', async (_what, path, expected) => {
    const { server, port, client } = await busy();
    server.close();
    const at = path ?? client.path;
    const answers = [
      await ask(port, upgradeRequest(at)),
      await ask(port, requestText('GET', at)),
      await ask(port, requestText('GET', at, EVENTS)),
      await ask(port, requestText('POST', at)),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    expect((await ask(port, requestText('PUT', '/hub/negotiate'))).status).toBe(405);
  });

  test('says the same over connections that were open before, and closes those that are idle', async () => {
    const late = defer<ServerResponse>();
    const slow: RequestHandler = (request, response) => {
      if (request.url === '/slow') late.resolve(response);
      return request.url === '/slow';
    };
    const { server, port } = await busy('WebSockets', [slow, page]);
    const idle = new TextSocket(port, requestText('GET', '/'));
    await idle.until('the page');
    const waiting = new TextSocket(port, requestText('GET', '/slow'));
    const response = await late.promise;
    server.close();
    await idle.closed;
    expect(idle.text).toContain('Connection: keep-alive');
    response.end('at last');
    await waiting.closed;
    expect(waiting.text).toContain('Connection: close');
    expect(waiting.text).toContain('at last');
  });

  test('answers a poll that waits for the last time on its connection, and the next one over another', async () => {
    const { server, port, hold, client } = await busy('LongPolling');
    const poll = ask(port, requestText('GET', client.path));
    await arrived(port);
    const closing = server.close();
    hold.release();
    expect(told(await poll)).toEqual([200, 'close', undefined]);
    expect((await client.get().answer).status).toBe(204);
    await closing;
  });

  test('keeps idle connections of clients over HTTP: they carry the next poll', async () => {
    const { server, port, hold, client } = await busy('LongPolling');
    const kept = new TextSocket(port, requestText('GET', '/'));
    await kept.until('the page');
    const poll = client.get();
    await arrived(port);
    server.close();
    hold.release();
    await poll.answer;
    kept.socket.write(requestText('GET', client.path));
    await kept.until('HTTP/1.1 204');
  });

  test('may be told to hurry', async () => {
    const { server } = await busy();
    const closing = server.close({ drainMs: 600_000 });
    const ended = new Inbox<string>();
    closing.then(() => ended.put('closed'));
    await server.close({ drainMs: 0 });
    expect(ended.all).toEqual(['closed']);
  });
});

describe('attached to a server of the user', () => {
  async function attached() {
    const http = createHttpServer((_request, response) => void response.end('of the user'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.close();
      http.closeAllConnections();
    });
    const { port } = http.address() as AddressInfo;
    const [one, two, three] = ['/one', '/two', '/three'].map((path) => {
      const hold = new Hold();
      const server = createServer({ hubs: { [path]: waitingHub(hold) }, logLevel: 'silent' });
      onTestFinished(() => server.close({ drainMs: 0 }));
      return { path, hold, server };
    }) as [Started, Started, Started];
    for (const { server } of [one, two, three]) await server.attach(http);
    for (const { path, hold } of [one, two]) {
      const client = await openRaw(port, { path });
      client.send({ type: 1, target: 'Wait', arguments: [] });
      await hold.begun.until(1);
    }
    return { one, two, port };
  }
  interface Started {
    readonly path: string;
    readonly hold: Hold;
    readonly server: ReturnType<typeof createServer>;
  }

  test('it ends connections with its own answers only, and no longer than it drains', async () => {
    const { one, two, port } = await attached();
    const connection = async (request: string) => (await ask(port, request)).headers.get('connection');
    const poller = await RawRequests.poll(port, '/one');
    const poll = ask(port, requestText('GET', poller.path));
    // The server answers in the order of arrival.
    await ask(port, requestText('GET', '/'));
    const closing = [one.server.close(), two.server.close()];
    for (const { path } of [one, two]) {
      expect(told(await ask(port, requestText('POST', `${path}/negotiate`)))).toEqual([503, 'close', '1']);
    }
    expect(await connection(requestText('GET', '/'))).toBe('keep-alive');
    one.hold.release();
    expect(told(await poll)).toEqual([200, 'close', undefined]);
    await poller.get().answer;
    await closing[0];
    expect(await connection(requestText('POST', '/two/negotiate'))).toBe('close');
    two.hold.release();
    await closing[1];
    expect(await connection(requestText('POST', '/three/negotiate'))).toBe('keep-alive');
  });
});

describe('a server that is closed while it begins to listen', () => {
  test.each([
    ['at once', 0],
    ['while its address is looked up', 10],
  ])('%s does not listen', async (_when, turns) => {
    const port = await freePort();
    const server = createServer({ hubs: { '/hub': testHub() }, logLevel: 'silent' });
    const listening = server.listen({ port, host: 'localhost' });
    const refused = expect(listening).rejects.toThrow('This server has been closed; make a new one.');
    // A look-up takes longer than any number of these.
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await server.close();
    await refused;
    expect(await isRefused(port)).toBe(true);
  });
});

describe('a server that is about to drain', () => {
  test('is not ready, and serves everybody, until its delay is over', async () => {
    const { server, port, pass } = await startTimedServer({ '/hub': testHub() });
    const client = await openRaw(port);
    const closing = server.close({ drainDelayMs: 5_000 });
    const problem = { part: 'server', text: 'It is about to drain.', severity: 'unready' };
    expect(server.problems()).toEqual([problem]);
    const ready = await ask(port, requestText('GET', '/readyz'));
    expect(told(ready)).toEqual([503, 'keep-alive', undefined]);
    expect(JSON.parse(ready.body)).toEqual({ ready: false, problems: [problem] });
    pass(4_900);
    const newcomer = await openRaw(port, { path: (await RawRequests.negotiate(port)).path });
    for (const one of [client, newcomer]) expect(await one.invoke('Echo', 1)).toMatchObject({ result: 1 });
    pass(200);
    for (const one of [client, newcomer]) await one.ended;
    await closing;
    expect(await isRefused(port)).toBe(true);
  });

  test('lets nobody else use it: neither listen nor attach', async () => {
    const { server } = await startTimedServer({ '/hub': testHub() });
    server.close({ drainDelayMs: 5_000 });
    await expect(server.attach(createHttpServer())).rejects.toThrow('This server has been closed; make a new one.');
  });
});
