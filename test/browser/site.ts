// The standalone server with its page and chat, on its own port. It can be stopped, and started again on the same port.
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type Authenticator, createServer, type SignalboxServer } from '../../src/index.ts';
import type { RequestHandler } from '../../src/web/listener.ts';
import { createPage } from '../../src/web/page.ts';

export class Site {
  readonly #page: RequestHandler = createPage(pathToFileURL(`${inject('page')}/`));
  readonly #sockets = new Set<Socket>();
  #http: HttpServer | undefined;
  #server: SignalboxServer | undefined;
  port = 0;

  readonly #authenticate: Authenticator | undefined;

  private constructor(authenticate: Authenticator | undefined) {
    this.#authenticate = authenticate;
  }

  static async open(authenticate?: Authenticator): Promise<Site> {
    const site = new Site(authenticate);
    await site.start();
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Ids of the present connections. */
  get connections(): string[] {
    return Array.from(this.#server?.connections() ?? [], ({ connectionId }) => connectionId);
  }

  /** Protocols of the present connections, in the order of names. */
  get protocols(): string[] {
    return Array.from(this.#server?.connections() ?? [], ({ request }) => request.protocol).sort();
  }

  async start(): Promise<void> {
    const server = createServer({
      hubs: { '/hubs/chat': createChatHub() },
      logLevel: 'silent',
      ...(this.#authenticate && { authenticate: this.#authenticate }),
    });
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

  /** Stops as on SIGTERM: every client is told that it may reconnect. */
  async drain(): Promise<void> {
    await this.#server?.close();
    await this.#closeHttp();
  }

  /** Cuts every socket without a close, like a network failure. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops at once, like a power failure. */
  async crash(): Promise<void> {
    this.cut();
    await Promise.all([this.#closeHttp(), this.#server?.close({ drainMs: 0 })]);
  }

  /** Ends all connections from the server's side, without an invitation to reconnect. */
  abortAll(): void {
    for (const connection of this.#server?.connections() ?? []) connection.abort();
  }

  #closeHttp(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http?.close(() => resolve()));
    this.#http?.closeAllConnections();
    return closed;
  }
}
