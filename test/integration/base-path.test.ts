import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpTransportType } from '@microsoft/signalr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer, OptionsError } from '../../src/index.ts';
import { connect } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';

const users = (request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('Connection', 'close');
  response.end(`user: ${request.url}`);
};

function signalbox(hubs: readonly string[] = ['/hubs/chat']) {
  const server = createServer({
    hubs: Object.fromEntries(hubs.map((path) => [path, emptyHub()])),
    inspect: true,
    logLevel: 'silent',
  });
  onTestFinished(() => server.close({ drainMs: 0 }));
  return server;
}

async function usersServer() {
  const http = createHttpServer(users);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return { http, port: (http.address() as AddressInfo).port };
}

const statusOf = async (port: number, path: string) => (await ask(port, upgradeRequest(path))).status;

describe('a base path', () => {
  test.each(TRANSPORTS)('stands before the paths of the hubs, over %s', async (transport) => {
    const { http, port } = await usersServer();
    await signalbox().attach(http, { basePath: '/realtime' });
    const client = await connect(`http://127.0.0.1:${port}/realtime/hubs/chat`, {
      transport: HttpTransportType[transport],
    });
    expect(await client.invoke('Echo', 'below')).toBe('below');
    // Without the base path these paths belong to the user's server.
    for (const path of [
      '/hubs/chat',
      '/hubs/chat/negotiate',
      '/realtimes/hubs/chat',
      '/realtime',
      '/x/realtime/hubs/chat',
    ]) {
      expect((await ask(port, requestText('GET', path))).body).toBe(`user: ${path}`);
    }
  });

  test.each(['/realtime', '/realtime/', '/Realtime', '/REALTIME/'])('is matched as paths are: %s', async (basePath) => {
    const { http, port } = await usersServer();
    await signalbox().attach(http, { basePath });
    for (const path of ['/realtime/hubs/chat', '/realTime/hubs/chat/', '/real%74ime/hubs/chat']) {
      expect(await statusOf(port, path), path).toBe(101);
    }
    expect(await statusOf(port, '/realtime%2Fhubs/chat')).toBe(200);
  });

  test('stands before the inspector, too, and before a hub at the root', async () => {
    const { http, port } = await usersServer();
    await signalbox(['/']).attach(http, { basePath: '/a/b' });
    expect(await statusOf(port, '/a/b')).toBe(101);
    expect(await statusOf(port, '/a/b/')).toBe(101);
    expect(await statusOf(port, '/a/b/inspect')).toBe(101);
    expect(await statusOf(port, '/inspect')).toBe(200);
    expect((await ask(port, requestText('POST', '/a/b/negotiate'))).status).toBe(200);
    expect((await ask(port, requestText('POST', '/a/negotiate'))).body).toBe('user: /a/negotiate');
  });

  test.each([{}, { basePath: '/' }, undefined])('that is nothing, as with %j, changes nothing', async (options) => {
    const { http, port } = await usersServer();
    await signalbox().attach(http, options);
    expect(await statusOf(port, '/hubs/chat')).toBe(101);
  });

  test('may differ from server to server; the hub sees the path that was asked for', async () => {
    const [one, two] = [await usersServer(), await usersServer()];
    const server = signalbox();
    await server.attach(one.http, { basePath: '/one' });
    await server.attach(two.http, { basePath: '/two' });
    expect(await statusOf(one.port, '/two/hubs/chat')).toBe(200);
    const client = await connect(`http://127.0.0.1:${two.port}/two/hubs/chat`);
    await client.invoke('Echo', 1);
    const [connection] = [...server.connections()];
    expect([connection?.request.url.split('?')[0], connection?.hub]).toEqual(['/two/hubs/chat', '/hubs/chat']);
  });

  test('of a listener of our own leaves the health checks where they are', async () => {
    const server = signalbox();
    const { port } = await server.listen({ port: 0, basePath: '/realtime' });
    expect(await statusOf(port, '/realtime/hubs/chat')).toBe(101);
    expect(await statusOf(port, '/hubs/chat')).toBe(404);
    expect((await ask(port, requestText('GET', '/readyz'))).status).toBe(200);
    expect((await ask(port, requestText('GET', '/realtime/readyz'))).status).toBe(404);
  });

  test.each([
    ['realtime', 'basePath is "realtime", but it must be a path that begins with a slash'],
    ['/a?b', 'basePath is "/a?b", but it must be a path without query and fragment'],
    ['/a#b', 'basePath is "/a#b", but it must be a path without query and fragment'],
    [7, 'basePath is 7, but it must be a path that begins with a slash'],
    [null, 'basePath is null, but it must be a path that begins with a slash'],
  ])('that is none, such as %j, is refused', async (basePath, text) => {
    const { http } = await usersServer();
    const attached = signalbox().attach(http, { basePath: basePath as string });
    await expect(attached).rejects.toThrow(OptionsError);
    await expect(attached).rejects.toThrow(text);
    await expect(signalbox().listen({ port: 0, basePath: basePath as string })).rejects.toThrow(OptionsError);
  });
});
