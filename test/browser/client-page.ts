// Pages with the official client and nothing else, and what a test does with the client that runs there.
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type * as SignalR from '@microsoft/signalr';
import type * as MessagePack from '@microsoft/signalr-protocol-msgpack';
import type { Browser, BrowserContext, Page, Worker } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { ProtocolName, TransportName } from '../../src/index.ts';
import type { TransportProtocol } from '../support/transport-protocols.ts';
import { launch } from './chromium.ts';

const require = createRequire(import.meta.url);
const bundle = (name: string, file: string): Buffer =>
  readFileSync(join(dirname(require.resolve(`${name}/package.json`)), 'dist/browser', file));

const SCRIPTS: Readonly<Record<string, string | Buffer>> = {
  '/signalr.js': bundle('@microsoft/signalr', 'signalr.min.js'),
  '/messagepack.js': bundle('@microsoft/signalr-protocol-msgpack', 'signalr-protocol-msgpack.min.js'),
  '/worker.js': "importScripts('/signalr.js', '/messagepack.js'); postMessage('ready');",
};
const PAGE =
  '<!doctype html><title>a page</title><script src="/signalr.js"></script><script src="/messagepack.js"></script>';

/** Where a client can run. */
export type Place = Pick<Worker, 'evaluate'>;

export interface Pages {
  /** Of the site that the pages are from; by another name of the same machine it is another one. */
  readonly origin: string;
  readonly foreignOrigin: string;
  /** A browser of one's own, with or without a cookie that says who it is. */
  visitor(user?: string): Promise<BrowserContext>;
  /** A tab, of a new visitor unless one is given. */
  open(origin?: string, by?: BrowserContext): Promise<Page>;
  /** A tab for many tests, one after the other: to open one takes longer than most of them. */
  openForAll(): Promise<Page>;
}

/** One browser and one site for the tests of a file. */
export function clientPages(): Pages {
  let browser: Browser;
  let site: HttpServer;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), openSite()]);
  });
  afterAll(async () => {
    await browser.close();
    site.closeAllConnections();
    site.close();
  });
  const originAt = (host: string) => `http://${host}:${(site.address() as AddressInfo).port}`;
  const visitor: Pages['visitor'] = async (user) => {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    if (user !== undefined) await context.addCookies([{ name: 'user', value: user, url: originAt('127.0.0.1') }]);
    return context;
  };
  return {
    visitor,
    get origin() {
      return originAt('127.0.0.1');
    },
    get foreignOrigin() {
      return originAt('localhost');
    },
    open: async (origin = originAt('127.0.0.1'), by) => openIn(by ?? (await visitor()), origin),
    openForAll: async () => openIn(await browser.newContext(), originAt('127.0.0.1')),
  };
}

async function openIn(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  return page;
}

async function openSite(): Promise<HttpServer> {
  const http = createHttpServer((request, response) => {
    const script = SCRIPTS[request.url ?? ''];
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? PAGE);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return http;
}

/** A worker with the same bundles, which have been read when this resolves. */
export async function openWorker(page: Page): Promise<Worker> {
  const [worker] = await Promise.all([
    page.waitForEvent('worker'),
    page.evaluate(`new Promise((resolve) => {
      globalThis.worker = new Worker('/worker.js');
      worker.onmessage = ({ data }) => resolve(data);
    })`),
  ]);
  return worker;
}

/** What the page has: its bundles, and what `PageClient.connect` puts there. */
declare const signalR: typeof SignalR & { readonly protocols: { readonly msgpack: typeof MessagePack } };
declare const hub: SignalR.HubConnection;
declare const until: (count: number) => Promise<readonly string[]>;

export interface PageClientOptions {
  /** Which may be tried. Default: all that are not left out by the protocol. */
  readonly transport?: TransportName;
  readonly protocol?: ProtocolName;
  readonly accessToken?: string;
  readonly skipNegotiation?: boolean;
  readonly withCredentials?: boolean;
  /** Default: no automatic reconnect. */
  readonly comesBack?: boolean;
}

/** The client of one page or worker, which hears what the hub says by `Heard`. */
export class PageClient {
  readonly place: Place;

  private constructor(place: Place) {
    this.place = place;
  }

  static by(place: Place, url: string, [transport, protocol]: TransportProtocol): Promise<PageClient> {
    return PageClient.connect(place, url, { transport, protocol });
  }

  /** @throws what `start()` of the client throws. */
  static async connect(place: Place, url: string, options: PageClientOptions = {}): Promise<PageClient> {
    // A server that closes waits a while for clients that poll no more. The page may be gone already.
    onTestFinished(() => place.evaluate(() => hub.stop()).catch(() => {}));
    await place.evaluate(
      async ([url, { transport, protocol, accessToken, comesBack, ...others }]) => {
        const { HubConnectionBuilder, HttpTransportType, LogLevel, protocols } = signalR;
        const builder = new HubConnectionBuilder().configureLogging(LogLevel.None).withUrl(url, {
          ...others,
          ...(transport === undefined ? {} : { transport: HttpTransportType[transport] }),
          ...(accessToken === undefined ? {} : { accessTokenFactory: () => accessToken }),
        });
        if (protocol === 'messagepack') builder.withHubProtocol(new protocols.msgpack.MessagePackHubProtocol());
        // Short delays, and enough of them for a slow machine.
        if (comesBack) builder.withAutomaticReconnect(Array(200).fill(20));
        const hub = builder.build();
        const heard: string[] = [];
        let look = () => {};
        hub.on('Heard', (text: string) => {
          heard.push(text);
          look();
        });
        const until = (count: number) =>
          new Promise((resolve) => {
            look = () => {
              if (heard.length >= count) resolve(heard);
            };
            look();
          });
        Object.assign(globalThis, { hub, until });
        await hub.start();
      },
      [url, options] as const,
    );
    return new PageClient(place);
  }

  /** @returns the connection's id as the client sees it. */
  id(): Promise<string | null> {
    return this.place.evaluate(() => hub.connectionId);
  }

  invoke<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.place.evaluate(([method, args]) => hub.invoke(method, ...args), [method, args] as const);
  }

  /** What it has heard, as soon as that is so much. */
  heard(count: number): Promise<readonly string[]> {
    return this.place.evaluate((count) => until(count), count);
  }

  stop(): Promise<void> {
    return this.place.evaluate(() => hub.stop());
  }
}
