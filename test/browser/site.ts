// The standalone server's page and chat on a port of their own; it can go away and come back there.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createChatHub } from '../../src/hubs/chat.ts';
import { createServer, type SignalboxServer } from '../../src/index.ts';
import { createPage, type Page } from '../../src/web/page.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export class Site {
  readonly #directory: string;
  readonly #page: Page;
  readonly #sockets = new Set<Socket>();
  #http: HttpServer | undefined;
  #server: SignalboxServer | undefined;
  port = 0;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#page = createPage(pathToFileURL(`${directory}/`));
  }

  /** Builds the page from its sources, so that no old build is tested. */
  static async open(): Promise<Site> {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-page-'));
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/page.ts', directory], { cwd: root });
    const site = new Site(directory);
    await site.start();
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** The ids of the connections that there are now. */
  get connections(): string[] {
    return Array.from(this.#server?.connections() ?? [], ({ connectionId }) => connectionId);
  }

  async start(): Promise<void> {
    const server = createServer({ hubs: { '/hubs/chat': createChatHub() }, logLevel: 'silent' });
    const http = createHttpServer((request, response) => {
      if (!this.#page(request, response)) response.writeHead(404).end();
    });
    http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await server.attach(http);
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve));
    this.port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#server = server;
  }

  /** As SIGTERM does it: every client is told that it may come back. */
  async drain(): Promise<void> {
    await this.#server?.close();
    await this.#closeHttp();
  }

  /** As a bad line does it: every socket is gone, without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As a power cut does it. */
  async crash(): Promise<void> {
    this.cut();
    await Promise.all([this.#closeHttp(), this.#server?.close({ drainMs: 0 })]);
  }

  /** Ends all connections from the server's side, without an invitation to come back. */
  abortAll(): void {
    for (const connection of this.#server?.connections() ?? []) connection.abort();
  }

  async close(): Promise<void> {
    await this.crash();
    rmSync(this.#directory, { recursive: true });
  }

  #closeHttp(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http?.close(() => resolve()));
    this.#http?.closeAllConnections();
    return closed;
  }
}
