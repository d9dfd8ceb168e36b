import { spawn } from 'node:child_process';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer, type SignalboxServer } from '../../src/index.ts';
import { clientOf, connect, openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { HttpCall } from '../support/raw-polling.ts';
import { TextSocket } from '../support/text-socket.ts';

const usersRequests = (request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('Connection', 'close');
  response.end(`user: ${request.url}`);
};

/** Accepts every upgrade, whatever the path. It would answer our paths, too, if it received their upgrades. */
const usersUpgrades = (_request: IncomingMessage, socket: Duplex): void => {
  socket.end('HTTP/1.1 418 User\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
};

/** Answers with the header `Upgrade` and the body. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end(`${request.headers.upgrade} ${body}`);
}

/** More than one chunk of a socket. */
const BODY = 'a body '.repeat(30_000);

/** Output of curl, which reads this input. */
async function curlWith(input: string, args: readonly string[]): Promise<string> {
  const child = spawn('curl', ['--silent', '--show-error', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  return output;
}

function signalbox(path = '/hub'): SignalboxServer {
  const server = createServer({ hubs: { [path]: emptyHub() }, logLevel: 'silent' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  return server;
}

/** The user's own server, listening. */
async function usersServer(http: Server = createHttpServer()): Promise<{ http: Server; port: number; url: string }> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  return { http, port, url: `http://127.0.0.1:${port}/hub` };
}

const get = (port: number, path: string) => ask(port, requestText('GET', path));

describe("attached to a user's server", () => {
  test.each(['before', 'after'])(
    "hubs and the user's handlers, added %s, each get their own requests",
    async (when) => {
      const { http, port, url } = await usersServer();
      const handle = () => http.on('request', usersRequests).on('upgrade', usersUpgrades);
      if (when === 'before') handle();
      await signalbox().attach(http);
      if (when === 'after') handle();

      expect((await get(port, '/page')).body).toBe('user: /page');
      expect((await get(port, '/hubs')).body).toBe('user: /hubs');
      expect((await ask(port, upgradeRequest('/socket'))).status).toBe(418);
      const client = await connect(url);
      expect(await client.invoke('Echo', 'ours')).toBe('ours');
      // A hub path is ours even where there is nothing to get. There is exactly one answer, and it is not the user's.
      expect(await get(port, '/hub')).toMatchObject({ status: 400, body: 'Connection ID required' });
      expect((await ask(port, upgradeRequest('/hub/negotiate'))).status).toBe(405);
    },
  );

  test("the user's handlers never see our paths", async () => {
    const seen: string[] = [];
    const http = createHttpServer((request, response) => {
      seen.push(request.url ?? '');
      response.end();
    });
    const { port, url } = await usersServer(http);
    await signalbox().attach(http);
    await connect(url);
    await get(port, '/mine');
    expect(seen).toEqual(['/mine']);
  });

  test('an upgrade that nobody wants is an ordinary request, as it is without us', async () => {
    const { http, port } = await usersServer(createHttpServer(usersRequests));
    const without = await ask(port, upgradeRequest('/elsewhere'));
    await signalbox().attach(http);
    const withUs = await ask(port, upgradeRequest('/elsewhere'));
    expect([without.status, without.body]).toEqual([200, 'user: /elsewhere']);
    expect([withUs.status, withUs.body]).toEqual([200, 'user: /elsewhere']);
  });

  test.each([
    ['of known length', ['--data-binary', '@-']],
    ['in chunks', ['--data-binary', '@-', '-H', 'Transfer-Encoding: chunked']],
    ['that is announced', ['--data-binary', '@-', '-H', 'Expect: 100-continue']],
  ])('a client that would like HTTP/2 (h2c) sends a body %s as without us, also to a hub', async (_how, options) => {
    const { http, port } = await usersServer(createHttpServer(echo));
    const curl = (path: string) => curlWith(BODY, ['--http2', ...options, `http://127.0.0.1:${port}${path}`]);
    const without = await curl('/page');
    await signalbox().attach(http);
    expect(await curl('/page')).toBe(without);
    expect(without).toBe(`h2c ${BODY}`);
    expect(JSON.parse(await curl('/hub/negotiate?negotiateVersion=1'))).toMatchObject({ negotiateVersion: 1 });
  });

  test('an upgrade that a hub does not speak is an ordinary request, on its connection too', async () => {
    const { http, port } = await usersServer(createHttpServer(echo));
    await signalbox().attach(http);
    const h2c = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
    const negotiation = requestText('POST', '/hub/negotiate', { ...h2c, 'Content-Length': '3' });
    const page = requestText('POST', '/page', { ...h2c, 'Content-Length': '3' });
    // Three answers on one connection. Behind a body that it has taken for that of an upgrade Node itself reads nothing.
    const text = new TextSocket(port, `${negotiation}abc${requestText('GET', '/hub')}${page}def`);
    await text.until('"availableTransports"');
    await text.until('Connection ID required');
    await text.until('h2c def');
  });

  test('any number of such upgrades on one connection leaves no listener behind, pipelined or not', async () => {
    const { http, port } = await usersServer(createHttpServer(echo));
    const sockets: Socket[] = [];
    http.on('connection', (socket) => sockets.push(socket));
    await signalbox().attach(http);
    const upgrade = requestText('GET', '/hub', { Connection: 'Upgrade', Upgrade: 'h2c' });
    const client = new TextSocket(port, '');
    const answered = async (text: string, answers: number) => {
      const before = client.text.split('Connection ID required').length - 1;
      client.socket.write(text);
      await eventually(() => client.text.split('Connection ID required').length - 1 === before + answers);
      return sockets[0]?.eventNames().map((event) => [event, sockets[0]?.listenerCount(event)]);
    };
    const plain = await answered(requestText('GET', '/hub'), 1);
    expect(plain?.length).toBeGreaterThan(3);
    for (let times = 0; times < 3; times++) await answered(upgrade, 1);
    await answered(upgrade.repeat(30), 30);
    expect(await answered(requestText('GET', '/hub'), 1)).toEqual(plain);
    // And the connection may still become a WebSocket.
    client.socket.write(upgradeRequest('/hub'));
    await client.until('HTTP/1.1 101');
  });

  test.each(['/page', '/hub/negotiate'])(
    'an upgrade to %s with more headers than Node keeps is refused: its body is no request',
    async (path) => {
      const seen: (string | undefined)[] = [];
      const { http, port } = await usersServer(createHttpServer((request) => void seen.push(request.url)));
      await signalbox().attach(http);
      const inner = requestText('GET', '/hidden');
      // The length of the body is behind the headers that Node keeps.
      const others = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`X${n}`, '1']));
      const headers = { Connection: 'Upgrade', Upgrade: 'h2c', ...others, 'Content-Length': String(inner.length) };
      const client = new TextSocket(port, requestText('POST', path, headers) + inner);
      await client.closed;
      expect(client.text).toMatch(/^HTTP\/1.1 431 .*\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$/);
      expect(seen).toEqual([]);
    },
  );

  test("an upgrade to anything else is for the user's listeners, if there are any", async () => {
    const { http, port } = await usersServer(createHttpServer(echo));
    const seen: string[] = [];
    http.on('upgrade', (request, socket, head) => {
      seen.push(`${request.headers.upgrade} ${head}`);
      usersUpgrades(request, socket);
    });
    await signalbox().attach(http);
    const h2c = { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '3' };
    expect((await ask(port, `${requestText('POST', '/page', h2c)}abc`)).status).toBe(418);
    expect((await ask(port, `${requestText('POST', '/hub/negotiate', h2c)}abc`)).status).toBe(200);
    expect(seen).toEqual(['h2c abc']);
    expect((await ask(port, `${requestText('POST', '/page', h2c)}abc`)).status).toBe(418);
  });

  test("a request that is announced (Expect: 100-continue) is ours or the user's, as any other", async () => {
    const http = createHttpServer(usersRequests);
    const announced: string[] = [];
    http.on('checkContinue', (request, response) => {
      announced.push(request.url ?? '');
      response.writeContinue();
      usersRequests(request, response);
    });
    const { port } = await usersServer(http);
    await signalbox().attach(http);
    for (const path of ['/page', '/hub/negotiate']) {
      const call = new HttpCall(port, path, { method: 'POST', headers: { Expect: '100-continue' }, body: undefined });
      call.request.flushHeaders();
      await new Promise((resolve) => call.request.once('continue', resolve));
      call.request.end('x');
      expect((await call.answer).status).toBe(200);
    }
    expect(announced).toEqual(['/page']);
  });

  test("close() ends our clients and leaves the user's server open, as it was before", async () => {
    const { http, port, url } = await usersServer(createHttpServer(usersRequests));
    const listeners = () => ['request', 'upgrade', 'connection', 'error'].map((event) => http.listenerCount(event));
    const before = listeners();
    const server = signalbox();
    await server.attach(http);
    const client = await openRaw(port);
    await server.close();
    expect((await client.ended).code).toBe(1000);
    expect(client.records.all).toEqual([{ type: 7, allowReconnect: true }]);
    expect(http.listening).toBe(true);
    expect(listeners()).toEqual(before);
    expect((await get(port, '/page')).body).toBe('user: /page');
    // The user's server answers the hub's path again.
    expect((await get(port, '/hub')).body).toBe('user: /hub');
    await expect(clientOf(url).start()).rejects.toThrow('Failed to complete negotiation with the server');
  });

  test('while it drains, hub paths are still ours: newcomers get 503', async () => {
    const { http, port } = await usersServer(createHttpServer(usersRequests));
    const server = signalbox();
    await server.attach(http);
    const client = await openRaw(port);
    // A client that does not answer its close frame delays the end of the drain.
    client.socket.pause();
    const closing = server.close();
    for (const request of [upgradeRequest('/hub'), requestText('POST', '/hub/negotiate')]) {
      const answer = await ask(port, request);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    }
    client.socket.resume();
    await closing;
  });
});

describe("two servers of ours on one of the user's", () => {
  async function both() {
    const users = await usersServer(createHttpServer(usersRequests));
    const [one, two] = [signalbox('/one'), signalbox('/two')];
    await one.attach(users.http);
    await two.attach(users.http);
    return { ...users, one, two };
  }

  test('each answer their own paths', async () => {
    const { port } = await both();
    for (const path of ['/one', '/two']) {
      const client = await openRaw(port, { path });
      expect(await client.invoke('Echo', path)).toMatchObject({ result: path });
    }
  });

  test.each(['one', 'two'] as const)('closing %s leaves the other at work', async (which) => {
    const servers = await both();
    const { port } = servers;
    await servers[which].close();
    expect((await get(port, `/${which}`)).body).toBe(`user: /${which}`);
    const path = which === 'one' ? '/two' : '/one';
    const client = await openRaw(port, { path });
    expect(await client.invoke('Echo', 'still')).toMatchObject({ result: 'still' });
    expect((await get(port, '/page')).body).toBe('user: /page');
  });

  test('an upgrade that nobody wants is an ordinary request, as it is without us', async () => {
    const { port } = await both();
    const answer = await ask(port, upgradeRequest('/elsewhere'));
    expect([answer.status, answer.body]).toEqual([200, 'user: /elsewhere']);
  }, 5_000);

  test('closing both gives the user the server back', async () => {
    const { port, http, one, two } = await both();
    await one.close();
    await two.close();
    expect(http.listenerCount('upgrade')).toBe(0);
    for (const path of ['/one', '/two']) expect((await get(port, path)).body).toBe(`user: ${path}`);
  });
});

describe("one server of ours on two of the user's", () => {
  test('knows the clients of both', async () => {
    const [first, second] = [await usersServer(), await usersServer()];
    const server = signalbox();
    await server.attach(first.http);
    await server.attach(second.http);
    const clients = [await openRaw(first.port), await openRaw(second.port)];
    expect([...server.connections()]).toHaveLength(2);
    for (const client of clients) expect(await client.invoke('Echo', 1)).toMatchObject({ result: 1 });
  });
});
