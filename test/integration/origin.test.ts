import { describe, expect, test } from 'vitest';
import type { Origins } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, type HeaderLines, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';

const LISTED: Origins = ['https://app.example', 'https://other.example:8443'];
/** Names of the server. */
const HOSTS = ['chat.example'];

const OWN_WITH_PORT = { Host: 'chat.example:443', Origin: 'https://chat.example' };

/**
 * The statuses of a negotiation and of an upgrade, which must always agree, because a WebSocket client begins with
 * either.
 */
async function statuses(port: number, headers: HeaderLines): Promise<readonly [negotiate: number, upgrade: number]> {
  const negotiated = await ask(port, requestText('POST', '/hub/negotiate?negotiateVersion=1', headers));
  const upgraded = await ask(port, upgradeRequest('/hub', headers));
  return [negotiated.status, upgraded.status];
}

describe('the origin of a page', () => {
  test.each([
    ['none: it is no page', {}],
    ["the server's own", { Host: 'chat.example', Origin: 'https://chat.example' }],
    ["the server's own, by http", { Host: 'chat.example:5080', Origin: 'http://chat.example:5080' }],
    ['the same host in another case', { Host: 'Chat.Example', Origin: 'https://chat.example' }],
    ['listed', { Origin: 'https://app.example' }],
    ['listed with its port', { Origin: 'https://other.example:8443' }],
    ["the server's own, as nginx calls it with $host:$server_port", OWN_WITH_PORT],
    ["the server's own, by http and with the port of that", { Host: 'chat.example:80', Origin: 'http://chat.example' }],
    ["the server's own, with the dot at the end of a name", { Host: 'chat.example.', Origin: 'https://chat.example' }],
    ["the server's own, with dot and port", { Host: 'Chat.Example.:443', Origin: 'https://chat.example' }],
  ])('may connect: %s', async (_what, headers: HeaderLines) => {
    const { port } = await startServer({ '/hub': emptyHub() }, { origins: LISTED, hosts: HOSTS });
    expect(await statuses(port, headers)).toEqual([200, 101]);
  });

  test.each([
    ['foreign', 'https://evil.example'],
    ['null, as of a sandboxed frame or a file', 'null'],
    ['listed, but by http', 'http://app.example'],
    ['listed, but on another port', 'https://app.example:8443'],
    ['longer than a listed one', 'https://app.example.evil.example'],
    ['ending like a listed one', 'https://evil-app.example'],
    ['listed, in another case', 'https://APP.example'],
    ['listed, with a path', 'https://app.example/'],
    ['on another port of the same host', 'http://localhost:8080'],
    ['the host in another scheme', 'ftp://localhost'],
    ['a host behind the own one', 'https://localhost@evil.example'],
    ['no URL', 'localhost'],
    ['the word that lists are not', '*'],
  ])('may not connect: %s', async (_what, origin) => {
    const { port } = await startServer({ '/hub': emptyHub() }, { origins: LISTED });
    expect(await statuses(port, { Origin: origin })).toEqual([403, 403]);
  });

  test.each([
    ['on another port than the Host', { Host: 'chat.example', Origin: 'http://chat.example:8080' }],
    ['on the port of the other scheme', { Host: 'chat.example:443', Origin: 'http://chat.example' }],
    ['of the other scheme, on its port', { Host: 'chat.example:80', Origin: 'https://chat.example' }],
    ['behind the own name', { Host: 'chat.example:443', Origin: 'https://chat.example.evil.example' }],
  ])('may not connect: %s', async (_what, headers: HeaderLines) => {
    const { port } = await startServer({ '/hub': emptyHub() }, { origins: LISTED, hosts: HOSTS });
    expect(await statuses(port, headers)).toEqual([403, 403]);
  });

  test('a list is taken as people write it, and means those and no other', async () => {
    const { port } = await startServer(
      { '/hub': emptyHub() },
      { origins: ['HTTPS://App.Example:443/', 'http://other.example.:8080'] },
    );
    expect(await statuses(port, { Origin: 'https://app.example' })).toEqual([200, 101]);
    expect(await statuses(port, { Origin: 'http://other.example:8080' })).toEqual([200, 101]);
    expect(await statuses(port, { Origin: 'https://app.ex' })).toEqual([403, 403]);
    expect(await statuses(port, { Origin: 'http://app.example' })).toEqual([403, 403]);
  });

  test('without a list only the own one may', async () => {
    const { port } = await startServer({ '/hub': emptyHub() });
    expect(await statuses(port, { Origin: 'https://app.example' })).toEqual([403, 403]);
    expect(await statuses(port, { Origin: 'http://localhost' })).toEqual([200, 101]);
  });

  test('a function decides about foreign ones; one that throws lets nobody in', async () => {
    const asked: string[] = [];
    const { port } = await startServer(
      { '/hub': emptyHub() },
      {
        origins: (origin) => {
          asked.push(origin);
          if (origin.includes('broken')) throw new Error('no list today');
          // Plain JavaScript may return anything. A promise would count as true.
          if (origin.includes('later')) return Promise.resolve(false) as unknown as boolean;
          return origin.endsWith('.example');
        },
      },
    );
    expect(await statuses(port, { Origin: 'https://later.example' })).toEqual([403, 403]);
    asked.length = 0;
    expect(await statuses(port, { Origin: 'https://any.example' })).toEqual([200, 101]);
    expect(await statuses(port, { Origin: 'https://any.test' })).toEqual([403, 403]);
    expect(await statuses(port, { Origin: 'https://broken.example' })).toEqual([403, 403]);
    expect(await statuses(port, { Origin: 'http://localhost' })).toEqual([200, 101]);
    expect(asked).toHaveLength(6);
  });

  test('a refused page uses nothing up: nothing is left of it, and the others go on', async () => {
    const { port, server } = await startServer({ '/hub': emptyHub() });
    const healthy = await openRaw(port);
    await statuses(port, { Origin: 'https://evil.example' });
    expect(server.supervisor.size).toBe(1);
    expect(server.runtimes.get('/hub')?.endpoint.negotiations).toMatchObject({ pending: 0, active: 1 });
    expect(await healthy.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});
