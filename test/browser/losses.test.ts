// The official client in a real browser when something is lost: a connection, a transport, a tab.
import type { HubConnection } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { eventually, Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { TRANSPORT_PROTOCOLS, TRANSPORTS } from '../support/transport-protocols.ts';
import { browserHub } from './browser-hub.ts';
import { hasChromium } from './chromium.ts';
import { clientPages, openWorker, PageClient } from './client-page.ts';
import { type Purpose, ReverseProxy } from './proxy.ts';

// Globals for the functions that run in the page.
declare const hub: HubConnection;
declare const away: Promise<void>;
declare const returned: Promise<string | undefined>;

describe.runIf(hasChromium)('a page', () => {
  const pages = clientPages();
  const allowed = () => ({ origins: [pages.origin] });

  describe.each(TRANSPORT_PROTOCOLS)('over %s in %s', (transport, protocol) => {
    test('comes back by itself when its wire is cut, as another connection', async () => {
      const { port } = await startTimedServer({ '/hub': browserHub() }, allowed());
      const proxy = await ReverseProxy.open(port);
      const options = { transport, protocol, comesBack: true };
      const client = await PageClient.connect(await pages.open(), proxy.url, options);
      const id = await client.id();
      await client.place.evaluate(watchReconnect);
      // A browser repeats a request when its kept-alive socket is cut before an answer. So the proxy answers this one.
      proxy.refuses.add(transport);
      proxy.cut();
      await client.place.evaluate(() => away);
      await proxy.passed.first(({ status }) => status === 502);
      proxy.refuses.clear();
      const newId = await client.place.evaluate(() => returned);
      expect(newId).toBe(await client.id());
      expect(newId).not.toBe(id);
      expect(await client.invoke('Who')).toMatchObject({ connectionId: newId, transport, protocol });
      await client.invoke('Say', 'here again');
      expect(await client.heard(1)).toEqual(['here again']);
    });
  });

  describe.each(TRANSPORTS)('over %s', (transport) => {
    // Browsers freeze pages in the background. A headless browser does not do so by itself.
    test('may be held still, and hears afterwards what was said', async () => {
      const definition = browserHub();
      const { url, server } = await startServer({ '/hub': definition }, allowed());
      const say = (word: string) => server.context(definition).clients.all.send('Heard', word);
      const page = await pages.open();
      const client = await PageClient.connect(page, url('/hub'), { transport });
      const debug = await page.context().newCDPSession(page);
      await debug.send('Debugger.enable');
      const isHeld = new Promise((resolve) => {
        debug.once('Debugger.paused', resolve);
      });
      await debug.send('Debugger.pause');
      await say('0');
      await isHeld;
      const words = Array.from({ length: 50 }, (_, n) => `${n}`);
      for (const word of words.slice(1)) await say(word);
      await debug.send('Debugger.resume');
      expect(await client.heard(words.length)).toEqual(words);
      expect(await client.invoke('Who')).toMatchObject({ connectionId: await client.id() });
    });

    test.each(['tab', 'tab of a worker'])('is gone when its %s is closed, and the hub hears of it', async (what) => {
      const diary = new Inbox<string>();
      const { url, server, pass } = await startTimedServer({ '/hub': browserHub(diary) }, allowed());
      const page = await pages.open();
      const place = what === 'tab' ? page : await openWorker(page);
      const client = await PageClient.connect(place, url('/hub'), { transport });
      const [connection] = server.supervisor.connections();
      // A client that polls counts as connected for any length of time.
      await eventually(() => connection?.transport.current.isAttached === true);
      pass(20_000);
      expect(await client.invoke('Echo', 1)).toBe(1);
      expect(diary.all).toEqual([]);
      await page.close();
      await eventually(() => {
        // The server gets no sign that there will be no further poll.
        if (connection?.transport.current.isAttached === false) pass(1_000);
        return diary.length > 0;
      });
      const reason = transport === 'WebSockets' ? 'client-closed' : 'connection-lost';
      expect(diary.all).toEqual([`disconnected: ${reason}`]);
      await eventually(() => server.supervisor.size === 0);
    });
  });

  const FALLBACKS: readonly (readonly [protocol: 'json' | 'messagepack', refused: Purpose[], trace: string[]])[] = [
    ['json', [], ['WebSockets 101']],
    ['json', ['WebSockets'], ['WebSockets 502', 'ServerSentEvents 200']],
    ['json', ['WebSockets', 'ServerSentEvents'], ['WebSockets 502', 'ServerSentEvents 502', 'LongPolling 200']],
    ['messagepack', ['WebSockets'], ['WebSockets 502', 'LongPolling 200']],
  ];

  describe('behind a proxy of its own origin', () => {
    async function start(refused: readonly Purpose[]) {
      const { port, server } = await startServer({ '/hub': browserHub() });
      const proxy = await ReverseProxy.open(port, Number(new URL(pages.origin).port));
      for (const purpose of refused) proxy.refuses.add(purpose);
      return { proxy, server, page: await pages.open(proxy.origin) };
    }

    test.each(FALLBACKS)('takes in %s what is left without %j', async (protocol, refused, expected) => {
      const { proxy, page } = await start(refused);
      const client = await PageClient.connect(page, proxy.url, { protocol });
      const transport = expected.at(-1)?.split(' ')[0];
      expect(await client.invoke('Who')).toMatchObject({ connectionId: await client.id(), transport, protocol });
      // Each attempt negotiates again.
      const trace = expected.flatMap((attempt) => ['negotiate 200', attempt]);
      expect(proxy.trace.slice(0, trace.length)).toEqual(trace);
    });

    test('is told when nothing is left, and nothing is left of it', async () => {
      const { proxy, page, server } = await start(TRANSPORTS);
      await expect(PageClient.connect(page, proxy.url)).rejects.toThrow(
        /Unable to connect to the server with any of the available transports\..*WebSockets failed.*ServerSentEvents failed.*LongPolling failed/,
      );
      expect(proxy.trace.filter((line) => !line.startsWith('negotiate'))).toEqual([
        'WebSockets 502',
        'ServerSentEvents 502',
        'LongPolling 502',
      ]);
      expect(server.supervisor.size).toBe(0);
    });
  });
});

// --- Functions that run in the page

function watchReconnect(): void {
  const away = new Promise<void>((resolve) => {
    hub.onreconnecting(() => resolve());
  });
  const returned = new Promise((resolve) => {
    hub.onreconnected(resolve);
  });
  Object.assign(globalThis, { away, returned });
}
