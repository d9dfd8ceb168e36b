// Requests that HTTP (RFC 9112) or WebSocket (RFC 6455) forbid, and that Node or ws would let pass.
import { createServer as createHttpServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { listenAttached } from '../support/attached.ts';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';

async function start(): Promise<{ readonly port: number; readonly server: ServerParts }> {
  const server = new ServerParts(resolveOptions({ hubs: { '/hub': emptyHub() }, inspect: true, logLevel: 'silent' }));
  onTestFinished(() => server.close({ drainMs: 0 }));
  return { server, port: (await server.listen({ port: 0 })).port };
}

/** A server of the user that does not require Host itself, with our server attached. */
async function startAttached(): Promise<number> {
  const http = createHttpServer({ requireHostHeader: false }, (request, response) => {
    response.end(`user: ${request.rawHeaders.filter((name) => name === 'Host').length}`);
  });
  const server = new ServerParts(resolveOptions({ hubs: { '/hub': emptyHub() }, logLevel: 'silent' }));
  return listenAttached(server, http);
}

const UPGRADE = upgradeRequest('/hub');
const NEGOTIATION = requestText('POST', '/hub/negotiate?negotiateVersion=1');
/** The same request with one more header line. */
const plus = (request: string, line: string): string => request.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`);
const without = (request: string, name: string): string => request.replace(new RegExp(`${name}: .*\r\n`), '');
const old = (request: string): string => request.replace('HTTP/1.1', 'HTTP/1.0');

describe('a request is 400, and opens nothing, with', () => {
  test.each([
    ['two Host headers', plus(NEGOTIATION, 'Host: evil.example')],
    ['two Host headers, an upgrade', plus(UPGRADE, 'Host: evil.example')],
    ['two Host headers that are the same', plus(UPGRADE, 'hOST: localhost')],
    ['two Host headers, an inspector', plus(upgradeRequest('/inspect'), 'Host: evil.example')],
    ['two Host headers, a health check', plus(requestText('GET', '/healthz'), 'Host: evil.example')],
    ['two Origin headers', plus(upgradeRequest('/hub', { Origin: 'http://localhost' }), 'Origin: http://evil.example')],
    ['two keys', plus(UPGRADE, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')],
    ['two versions', plus(UPGRADE, 'Sec-WebSocket-Version: 13')],
    ['two Authorization headers', plus(plus(NEGOTIATION, 'Authorization: Bearer a'), 'Authorization: Bearer b')],
    ['no Host', without(NEGOTIATION, 'Host')],
    ['no Host, an upgrade', without(UPGRADE, 'Host')],
    ['a Host that is none', requestText('POST', '/hub/negotiate', { Host: 'local host' })],
    ['a Host with a user', upgradeRequest('/hub', { Host: 'user@localhost' })],
    ['a target of another host', upgradeRequest('http://evil.example/hub')],
    ['a target of another port', requestText('POST', 'http://localhost:81/hub/negotiate')],
    ['a WebSocket over HTTP/1.0', old(UPGRADE)],
    ['a WebSocket over HTTP/1.0, an inspector', old(upgradeRequest('/inspect'))],
    ['a WebSocket with a body', `${plus(UPGRADE, 'Content-Length: 5')}hello`],
    ['a WebSocket with a body in chunks', `${plus(UPGRADE, 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`],
    ['an inspector with a body', `${plus(upgradeRequest('/inspect'), 'Content-Length: 5')}hello`],
  ])('%s', async (_what, request) => {
    const { port, server } = await start();
    expect((await ask(port, request)).status).toBe(400);
    expect(server.supervisor.size).toBe(0);
    expect(server.runtimes.get('/hub')?.endpoint.negotiations).toMatchObject({ pending: 0, active: 0 });
    expect(await (await openRaw(port)).invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});

test('a WebSocket over HTTP/1.0 does not use up what was negotiated for it', async () => {
  const { port } = await start();
  const { connectionToken } = await negotiate(port, '/hub');
  const path = `/hub?id=${connectionToken}`;
  expect((await ask(port, old(upgradeRequest(path)))).status).toBe(400);
  expect((await ask(port, upgradeRequest(path))).status).toBe(101);
});

describe('a request passes, as HTTP has it, with', () => {
  test.each([
    ['HTTP/1.0 and no Host', old(without(NEGOTIATION, 'Host')), 200],
    ['HTTP/1.0 and a URL', old(without(NEGOTIATION, 'Host')).replace('/hub', 'http://localhost/hub'), 200],
    ['a target that is a URL', NEGOTIATION.replace('/hub', 'http://LOCALHOST/hub'), 200],
    ['a target that is a URL, an upgrade', upgradeRequest('http://localhost/hub'), 101],
    ['a target that is a URL, a health check', requestText('GET', 'http://localhost/healthz'), 200],
    ['an empty body of an upgrade', plus(UPGRADE, 'Content-Length: 0'), 101],
    [
      'a body, and an upgrade that is not to a WebSocket',
      `${requestText('POST', '/hub/negotiate', { Connection: 'Upgrade', Upgrade: 'h2c', 'Content-Length': '5' })}hello`,
      200,
    ],
    ['headers that may stand twice', plus(plus(UPGRADE, 'X-Forwarded-For: a'), 'X-Forwarded-For: b'), 101],
  ])('%s', async (_what, request, status) => {
    const { port } = await start();
    expect((await ask(port, request)).status).toBe(status);
  });
});

test("attached to a user's server only our own paths are looked at", async () => {
  const port = await startAttached();
  expect((await ask(port, plus(requestText('GET', '/page'), 'Host: evil.example'))).body).toBe('user: 2');
  expect((await ask(port, without(requestText('GET', '/page'), 'Host'))).body).toBe('user: 0');
  for (const request of [NEGOTIATION, UPGRADE]) {
    expect((await ask(port, plus(request, 'Host: evil.example'))).status).toBe(400);
    expect((await ask(port, without(request, 'Host'))).status).toBe(400);
  }
});
