// The official client in a real browser, on a page of another origin, because only a browser applies the rules of CORS.
import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../../src/index.ts';
import { eventually } from '../support/inbox.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';
import { TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';
import { browserHub, byCookie } from './browser-hub.ts';
import { hasChromium } from './chromium.ts';
import { clientPages, PageClient } from './client-page.ts';
import { ReverseProxy } from './proxy.ts';

/**
 * Tries all requests that a page can make without the client, if it has tokens.
 * @returns the answers that it could read.
 */
const tryEverything = (
  hub: string,
  tokens: { poll: string; events: string; socket: string; open: string },
) => `(async () => {
  const at = (id) => ${JSON.stringify(hub)} + '?id=' + encodeURIComponent(id);
  const read = (url, options) => fetch(url, { credentials: 'include', ...options }).then(({ type }) => type === 'cors', () => false);
  const opens = (source) => new Promise((resolve) => {
    source.onopen = () => resolve(true);
    source.onerror = () => resolve(false);
  }).finally(() => source.close());
  const tokens = ${JSON.stringify(tokens)};
  const call = JSON.stringify({ type: 1, target: 'Say', arguments: ['from the page'] }) + '\\x1e';
  return {
    negotiate: await read(${JSON.stringify(`${hub}/negotiate?negotiateVersion=1`)}, { method: 'POST' }),
    poll: await read(at(tokens.poll)),
    events: await opens(new EventSource(at(tokens.events), { withCredentials: true })),
    socket: await opens(new WebSocket(at(tokens.socket).replace('http', 'ws'))),
    // A request without a preflight, as of a form, whose answer need not be read.
    post: (await fetch(at(tokens.open), { method: 'POST', mode: 'no-cors', body: call })).type === 'opaque',
    delete: await read(at(tokens.open), { method: 'DELETE' }),
  };
})()`;

describe.runIf(hasChromium)('a page of another origin', () => {
  const pages = clientPages();

  async function start(authenticate: Authenticator = byCookie) {
    const { port, server } = await startServer({ '/hub': browserHub() }, { origins: [pages.origin], authenticate });
    return { port, server, proxy: await ReverseProxy.open(port) };
  }

  describe.each(TRANSPORT_PROTOCOLS)('over %s in %s', (transport, protocol) => {
    test('is served when it is allowed, with the cookies of its visitor', async () => {
      const { proxy, server } = await start();
      const page = await pages.open(pages.origin, await pages.visitor('ada'));
      const client = await PageClient.connect(page, proxy.url, { transport, protocol });
      expect(await client.invoke('Who')).toEqual({ connectionId: await client.id(), user: 'ada', transport, protocol });
      expect(await client.invoke('Echo', 'x'.repeat(20_000))).toHaveLength(20_000);
      await client.stop();
      // The client's DELETE is allowed, too.
      await eventually(() => server.supervisor.size === 0);
      if (transport === 'LongPolling') expect(proxy.trace).toContain('delete 202');
    });
  });

  test('is refused when it is not, whatever way it would come', async () => {
    const { proxy, server } = await start();
    const page = await pages.open(pages.foreignOrigin);
    for (const way of TRANSPORT_PROTOCOLS) {
      await expect(PageClient.by(page, proxy.url, way)).rejects.toThrow(
        'Failed to complete negotiation with the server: TypeError: Failed to fetch',
      );
    }
    // Not even the preflight is answered.
    const seen = proxy.passed.all.map(({ purpose, status }) => `${purpose} ${status}`);
    expect(seen).toEqual(TRANSPORT_PROTOCOLS.map(() => 'preflight 403'));
    expect(server.supervisor.size).toBe(0);
  });

  test('may leave the cookies at home', async () => {
    const { proxy } = await start();
    const page = await pages.open(pages.origin, await pages.visitor('ada'));
    for (const transport of ['ServerSentEvents', 'LongPolling'] as const) {
      const client = await PageClient.connect(page, proxy.url, { transport, withCredentials: false });
      expect(await client.invoke('Who')).toMatchObject({ user: null, transport });
      await client.stop();
    }
  });

  test('opens no socket without negotiation, either, unless it is allowed', async () => {
    const { proxy, server } = await start();
    const options = { transport: 'WebSockets', skipNegotiation: true } as const;
    const foreign = await pages.open(pages.foreignOrigin);
    await expect(PageClient.connect(foreign, proxy.url, options)).rejects.toThrow(/WebSocket failed to connect/);
    expect(server.supervisor.size).toBe(0);
    const client = await PageClient.connect(await pages.open(), proxy.url, options);
    expect(await client.invoke('Who')).toMatchObject({ transport: 'WebSockets' });
    expect(proxy.trace).toEqual(['WebSockets 403', 'WebSockets 101']);
  });

  describe('that has tokens of connections', () => {
    async function tryFrom(origin: string) {
      const { port, proxy } = await start();
      const [poll, events, socket, open] = await Promise.all([
        RawRequests.negotiate(port),
        RawRequests.negotiate(port),
        RawRequests.negotiate(port),
        RawRequests.poll(port),
      ]);
      const tokenOf = ({ negotiated }: RawRequests) => negotiated.connectionToken;
      const tokens = { poll: tokenOf(poll), events: tokenOf(events), socket: tokenOf(socket), open: tokenOf(open) };
      const openPoll = open.get();
      const page = await pages.open(origin);
      return { could: await page.evaluate(tryEverything(proxy.url, tokens)), proxy, open, openPoll };
    }

    test('can use them when it is allowed', async () => {
      const { could, proxy, openPoll } = await tryFrom(pages.origin);
      expect(could).toEqual({ negotiate: true, poll: true, events: true, socket: true, post: true, delete: true });
      expect(proxy.trace).toEqual([
        'negotiate 200',
        'LongPolling 200',
        'ServerSentEvents 200',
        'WebSockets 101',
        'post 200',
        'delete 202',
      ]);
      expect((await openPoll.answer).body).toContain('from the page');
    });

    test('cannot use them when it is not, and what it sends blindly does nothing', async () => {
      const { could, proxy, open, openPoll } = await tryFrom(pages.foreignOrigin);
      expect(could).toEqual({ negotiate: false, poll: false, events: false, socket: false, post: true, delete: false });
      expect(proxy.trace).toEqual([
        'negotiate 403',
        'LongPolling 403',
        'ServerSentEvents 403',
        'WebSockets 403',
        'post 403',
      ]);
      expect(proxy.passed.all.at(-1)).toMatchObject({ purpose: 'preflight', status: 403 });
      expect((await open.call('Say', 'from its owner').answer).status).toBe(200);
      const { body } = await openPoll.answer;
      expect([body.includes('from its owner'), body.includes('from the page')]).toEqual([true, false]);
    });
  });

  test.each([
    ['WebSockets', ['negotiate: header', 'WebSockets: query']],
    ['ServerSentEvents', ['negotiate: header', 'events: query', 'request: header']],
    ['LongPolling', ['negotiate: header', 'request: header']],
  ] as const)(
    'over %s sends its access token in the header, or in the query where browsers set none',
    async (transport, expected) => {
      const seen = new Set<string>();
      const { proxy } = await start(({ headers, query, url }) => {
        const kind = url.startsWith('/hub/negotiate') ? 'negotiate' : 'request';
        const events = headers.accept === 'text/event-stream' ? 'events' : kind;
        const [byHeader, byQuery] = [headers.authorization === 'Bearer of-ada', query.get('access_token') === 'of-ada'];
        const where = [byHeader && 'header', byQuery && 'query'].filter(Boolean).join(' and ');
        seen.add(`${headers.upgrade === undefined ? events : 'WebSockets'}: ${where}`);
        return where === '' ? null : { id: 'ada', roles: [] };
      });
      const client = await PageClient.connect(await pages.open(), proxy.url, { transport, accessToken: 'of-ada' });
      expect(await client.invoke('Who')).toMatchObject({ user: 'ada', transport });
      await client.stop();
      expect([...seen]).toEqual(expected);
    },
  );
});
