// DNS rebinding: a page whose own name resolves to this machine is "same-origin" with a server here.

import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerOptions } from '../../src/index.ts';
import { UNCOUNTED_LINES } from '../../src/log-limit.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, type HeaderLines, requestText, upgradeRequest } from '../support/raw-http.ts';

const REBOUND = { Host: 'evil.example:5080', Origin: 'http://evil.example:5080' };

function server(options: Partial<ServerOptions> = {}) {
  const log = new CollectedLog();
  const parts = new ServerParts(
    resolveOptions({ hubs: { '/hub': emptyHub() }, inspect: true, logger: log, ...options }),
  );
  onTestFinished(() => parts.close({ drainMs: 0 }));
  return { parts, log };
}

async function listening(options: Partial<ServerOptions> = {}, host = '127.0.0.1') {
  const { parts, log } = server(options);
  return { port: (await parts.listen({ port: 0, host })).port, log };
}

/** A server of the user on loopback, with our server attached to it. */
async function attached(options: Partial<ServerOptions> = {}) {
  const http = createHttpServer((request, response) => response.end(`user: ${request.headers.host}`));
  await server(options).parts.attach(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return (http.address() as AddressInfo).port;
}

/** The statuses of a negotiation and of an upgrade. */
async function statuses(port: number, headers: HeaderLines): Promise<readonly number[]> {
  const negotiated = await ask(port, requestText('POST', '/hub/negotiate?negotiateVersion=1', headers));
  return [negotiated.status, (await ask(port, upgradeRequest('/hub', headers))).status];
}

describe('a server on a loopback address', () => {
  test.each([
    ['an upgrade', upgradeRequest('/hub', REBOUND)],
    ['an upgrade that comes from no page', upgradeRequest('/hub', { Host: 'evil.example' })],
    ['an upgrade that is none', upgradeRequest('/hub', { ...REBOUND, Upgrade: 'h2c' })],
    ['an upgrade of the negotiate path', upgradeRequest('/hub/negotiate', REBOUND)],
    ['an upgrade of no path of ours', upgradeRequest('/nothing', REBOUND)],
    ['an inspector', upgradeRequest('/inspect', REBOUND)],
    ['a negotiation', requestText('POST', '/hub/negotiate?negotiateVersion=1', REBOUND)],
    ['a preflight', requestText('OPTIONS', '/hub', { ...REBOUND, 'Access-Control-Request-Method': 'GET' })],
    ['a poll', requestText('GET', '/hub?id=x', REBOUND)],
    ['a POST', requestText('POST', '/hub?id=x', REBOUND)],
    ['a DELETE', requestText('DELETE', '/hub?id=x', REBOUND)],
    ['a request for no path of ours', requestText('GET', '/', REBOUND)],
    ['a path that only looks like a health check', requestText('GET', '/healthz/x', REBOUND)],
    ['a target that is a URL', requestText('GET', 'http://evil.example/hub', { Host: 'evil.example' })],
    ['HTTP/1.0 with a URL', 'GET http://evil.example/hub HTTP/1.0\r\n\r\n'],
  ])('refuses %s for a foreign host with 421', async (_what, request) => {
    const { port } = await listening();
    const answer = await ask(port, request);
    expect(answer.status).toBe(421);
    expect(answer.body).toContain('`hosts`');
    expect(answer.headers.get('access-control-allow-origin')).toBeUndefined();
  });

  test.each(['/healthz', '/readyz', '/healthz?x=1'])('answers %s for every host', async (path) => {
    const { port } = await listening();
    expect((await ask(port, requestText('GET', path, REBOUND))).status).toBe(200);
  });

  test.each(['localhost', 'LOCALHOST:1', 'app.localhost', '127.1.2.3:81', '[::1]:5080', '[::ffff:127.0.0.1]'])(
    'answers for %s, whose page is its own',
    async (Host) => {
      const { port } = await listening();
      const Origin = `http://${Host.toLowerCase()}`;
      expect(await statuses(port, { Host, Origin: Host.includes('ffff') ? '' : Origin })).toEqual([200, 101]);
    },
  );

  test('answers for the hosts that are named, and for those of origins, but not for those of a function', async () => {
    const named = await listening({ hosts: ['chat.example:8080'], origins: ['https://app.example'] });
    expect(await statuses(named.port, { Host: 'Chat.example:8080' })).toEqual([200, 101]);
    expect(await statuses(named.port, { Host: 'app.example' })).toEqual([200, 101]);
    expect(await statuses(named.port, { Host: 'chat.example' })).toEqual([421, 421]);
    const decided = await listening({ origins: () => true });
    expect(await statuses(decided.port, { Host: 'app.example' })).toEqual([421, 421]);
  });

  test('answers for anybody when hosts is *', async () => {
    const { port } = await listening({ hosts: ['*'] });
    expect(await statuses(port, { Host: 'any.example' })).toEqual([200, 101]);
    // An inspector without a token is open to this machine only, even so.
    expect((await ask(port, upgradeRequest('/inspect', { Host: 'any.example' }))).status).toBe(403);
  });

  test('answers a request of HTTP/1.0 that names no host: it comes from no browser', async () => {
    const { port } = await listening();
    expect((await ask(port, 'POST /hub/negotiate?negotiateVersion=1 HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  test.each(['localhost', '::1', '::ffff:127.0.0.1', '127.0.0.2'])(
    'is one that was told to listen on %s, too',
    async (host) => {
      const { port } = await listening({}, host);
      const address = host === 'localhost' ? 'localhost' : host;
      const socket = connect(port, address);
      socket.end(requestText('GET', '/', { ...REBOUND, Connection: 'close' }));
      let answer = '';
      for await (const chunk of socket) answer += chunk;
      expect(answer).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
    },
  );

  test('logs foreign hosts within the limit of lines, and says what to do', async () => {
    const { port, log } = await listening();
    const told = () => log.lines.filter(({ text }) => text.includes('421'));
    await statuses(port, { Host: 'one.example' });
    const line = { text: expect.stringContaining('in hosts'), data: { host: 'one.example', option: 'hosts' } };
    expect(told()).toMatchObject([
      { level: 'info', ...line },
      { level: 'debug', ...line },
    ]);
    for (let n = 0; n < 60; n++) await ask(port, requestText('GET', '/', { Host: `${'x'.repeat(1_000)}${n}.example` }));
    expect(told().slice(0, UNCOUNTED_LINES)).toHaveLength(UNCOUNTED_LINES);
    expect(told().length).toBeLessThan(60);
    expect(JSON.stringify(log.lines)).not.toContain('x'.repeat(256));
  });
});

describe('a server that listens elsewhere', () => {
  test.each(['0.0.0.0', '::'])('on %s asks for no host', async (host) => {
    const { port } = await listening({}, host);
    expect(await statuses(port, { Host: 'any.example', Origin: 'http://any.example' })).toEqual([200, 101]);
  });

  test('asks once hosts names one', async () => {
    const { port } = await listening({ hosts: ['chat.example'] }, '0.0.0.0');
    expect(await statuses(port, REBOUND)).toEqual([421, 421]);
    for (const Host of ['chat.example', 'chat.example:8080', 'localhost']) {
      expect(await statuses(port, { Host })).toEqual([200, 101]);
    }
  });
});

describe("attached to a user's server", () => {
  test('asks for no host', async () => {
    const port = await attached();
    expect(await statuses(port, REBOUND)).toEqual([200, 101]);
  });

  test('asks once hosts names one, and for our own paths only', async () => {
    const port = await attached({ hosts: ['chat.example'] });
    expect(await statuses(port, REBOUND)).toEqual([421, 421]);
    expect(await statuses(port, { Host: 'chat.example' })).toEqual([200, 101]);
    for (const path of ['/', '/healthz', '/hub/x']) {
      expect((await ask(port, requestText('GET', path, REBOUND))).body).toBe('user: evil.example:5080');
    }
  });
});
