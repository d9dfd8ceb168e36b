// Pages with only the official client, and functions for tests to use the client in a page.
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type * as SignalR from '@microsoft/signalr';
import type * as MessagePack from '@microsoft/signalr-protocol-msgpack';
import type { BrowserContext, Page, Worker } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { ProtocolName, TransportName } from '../../src/index.ts';
import type { TransportProtocol } from '../support/transport-protocols.ts';
import { browser } from './browser.ts';

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

/** A page or worker in which a client can run. */
export type Place = Pick<Worker, 'evaluate'>;

export interface Pages {
  /** Origin of the pages. With another name of the same machine a page has another origin. */
  readonly origin: string;
  readonly foreignOrigin: string;
  /** Makes a new browser context, with or without a cookie that names its user. */
  visitor(user?: string): Promise<BrowserContext>;
  /** Opens a tab, in a new browser context unless one is given. */
  open(origin?: string, by?: BrowserContext): Promise<Page>;
  /** Opens a tab that many tests use one after the other: opening one takes longer than most of them. */
  openForAll(): Promise<Page>;
}

/** One site for the tests of a file. */
export function clientPages(): Pages {
  const forAll: BrowserContext[] = [];
  let site: HttpServer;
  beforeAll(async () => {
    [site] = await Promise.all([openSite(), browser()]);
  });
  afterAll(async () => {
    await Promise.all(forAll.map((context) => context.close()));
    site.closeAllConnections();
    site.close();
  });
  const originAt = (host: string) => `http://${host}:${(site.address() as AddressInfo).port}`;
  const visitor: Pages['visitor'] = async (user) => {
    const context = await (await browser()).newContext();
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
    async openForAll() {
      const context = await (await browser()).newContext();
      forAll.push(context);
      return openIn(context, originAt('127.0.0.1'));
    },
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

/** Starts a worker with the same bundles. Resolves when the worker has read them. */
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

/** Globals of the page: its bundles, and the values of `PageClient.connect`. */
declare const signalR: typeof SignalR & { readonly protocols: { readonly msgpack: typeof MessagePack } };
declare const hub: SignalR.HubConnection;
declare const until: (count: number) => Promise<readonly string[]>;

export interface PageClientOptions {
  /** Transport to use. Default: all that the protocol allows. */
  readonly transport?: TransportName;
  readonly protocol?: ProtocolName;
  readonly accessToken?: string;
  readonly skipNegotiation?: boolean;
  readonly withCredentials?: boolean;
  /** Default: no automatic reconnect. */
  readonly comesBack?: boolean;
}

/** The client of one page or worker. It collects the texts that the hub sends with `Heard`. */
export class PageClient {
  readonly place: Place;

  private constructor(place: Place) {
    this.place = place;
  }

  static by(place: Place, url: string, [transport, protocol]: TransportProtocol): Promise<PageClient> {
    return PageClient.connect(place, url, { transport, protocol });
  }

  /** @throws the error of the client's `start()`. */
  static async connect(place: Place, url: string, options: PageClientOptions = {}): Promise<PageClient> {
    // Stops the client, because a server that closes waits for clients over Long Polling. The page may be closed
    // already.
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
        // Short delays, and many of them for slow machines.
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

  /** @returns the connection id that the client has. */
  id(): Promise<string | null> {
    return this.place.evaluate(() => hub.connectionId);
  }

  invoke<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.place.evaluate(([method, args]) => hub.invoke(method, ...args), [method, args] as const);
  }

  /** The received texts, as soon as there are `count`. */
  heard(count: number): Promise<readonly string[]> {
    return this.place.evaluate((count) => until(count), count);
  }

  stop(): Promise<void> {
    return this.place.evaluate(() => hub.stop());
  }
}
