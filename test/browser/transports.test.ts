// The official client in a real browser, on a page of another origin: what CORS allows is for a browser to say.
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Authenticate } from '../../src/index.ts';
import { plainHub } from '../support/plain-hub.ts';
import { startServer } from '../support/test-server.ts';
import { hasChromium, launch } from './chromium.ts';

const main = createRequire(import.meta.url).resolve('@microsoft/signalr');
const client = readFileSync(join(dirname(main), '../browser/signalr.min.js'));

/** A site with an empty page, which has the client. */
async function openSite(): Promise<number> {
  const http = createHttpServer((request, response) => {
    const isScript = request.url === '/signalr.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? client : '<!doctype html><title>a page</title><script src="/signalr.js"></script>');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return (http.address() as AddressInfo).port;
}

/** Who it is stands in a cookie, as with most sites. */
const authenticate: Authenticate = ({ headers }) => {
  const name = /\buser=(\w+)/.exec(headers.cookie ?? '')?.[1];
  return name === undefined ? null : { id: name, roles: [] };
};

/** What the page does: connects, calls, and leaves. @returns what it was told, or the error. */
const visitHub = (url: string, transport: string) => `(async () => {
  const { HubConnectionBuilder, HttpTransportType, LogLevel } = signalR;
  const hub = new HubConnectionBuilder().withUrl(${JSON.stringify(url)}, { transport: HttpTransportType.${transport} })
    .configureLogging(LogLevel.None).build();
  try {
    await hub.start();
    const [{ user, connectionId }, long] = [await hub.invoke('WhoAmI'), await hub.invoke('Echo', 'x'.repeat(20000))];
    const isItsId = connectionId === hub.connectionId;
    await hub.stop();
    return { user, isItsId, length: long.length };
  } catch (error) {
    return String(error);
  }
})()`;

describe.runIf(hasChromium)('a page of another origin', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  async function open(url: string): Promise<Page> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  describe.each(['WebSockets', 'ServerSentEvents', 'LongPolling'])('over %s', (transport) => {
    test('is served when it is allowed, with the cookies of its visitor', async () => {
      const site = await openSite();
      const origin = `http://127.0.0.1:${site}`;
      const { url, server } = await startServer(
        { '/hub': plainHub({ authorize: 'authenticated' }) },
        { origins: [origin], authenticate },
      );
      const page = await open(origin);
      await page.evaluate("document.cookie = 'user=ada'");
      const told = await page.evaluate(visitHub(url('/hub'), transport));
      expect(told).toEqual({ user: { id: 'ada', roles: [] }, isItsId: true, length: 20_000 });
      // Also its DELETE gets through.
      await expect.poll(() => server.supervisor.size, { timeout: 3_000 }).toBe(0);
    });

    test('is refused when it is not', async () => {
      const site = await openSite();
      const { url, server } = await startServer({ '/hub': plainHub() }, { origins: [`http://127.0.0.1:${site}`] });
      // The same site by another name is another origin.
      const page = await open(`http://localhost:${site}`);
      expect(await page.evaluate(visitHub(url('/hub'), transport))).toMatch(/Error/);
      expect(server.supervisor.size).toBe(0);
    });
  });
});
