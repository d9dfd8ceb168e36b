// A proxy in front of a server. It records requests, can refuse some of them, and can cut all sockets.
import { createServer as createHttpServer, type IncomingMessage, request as requestOf } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { Inbox } from '../support/inbox.ts';

/** Purpose of a client's request. */
export type Purpose =
  | 'preflight'
  | 'negotiate'
  | 'WebSockets'
  | 'ServerSentEvents'
  | 'LongPolling'
  | 'post'
  | 'delete'
  | 'page';

export interface Passed {
  readonly purpose: Purpose;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
}

export class ReverseProxy {
  /** Requests with the status of their answer, recorded when the answer began. */
  readonly passed = new Inbox<Passed>();
  /** Purposes of requests that the proxy refuses. */
  readonly refuses = new Set<Purpose>();
  readonly #to: number;
  readonly #wires = new Set<Socket>();
  #port = 0;

  private constructor(to: number) {
    this.#to = to;
  }

  /** @param pages Port of the server for all paths except the hub at /hub, so that both have one origin. */
  static async open(to: number, pages = to): Promise<ReverseProxy> {
    const proxy = new ReverseProxy(to);
    const http = createHttpServer((request, response) => {
      const port = purposeOf(request) === 'page' ? pages : to;
      if (proxy.#isRefused(request)) return void response.writeHead(502).end();
      const onward = requestOf({ port, path: request.url, method: request.method, headers: request.headers });
      onward.on('response', (answer) => {
        proxy.#note(request, answer.statusCode);
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    http.on('upgrade', (request, socket, head) => proxy.#upgrade(request, socket, head));
    http.on('connection', (wire) => {
      proxy.#wires.add(wire);
      wire.on('close', () => proxy.#wires.delete(wire));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      http.close();
      proxy.cut();
    });
    proxy.#port = (http.address() as AddressInfo).port;
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.origin}/hub`;
  }

  /** Cuts all sockets, without a close on either side. */
  cut(): void {
    for (const wire of this.#wires) wire.destroy();
  }

  /** Requests so far, in their order: purposes with statuses, without preflights. */
  get trace(): string[] {
    return this.passed.all.filter(isOfClient).map(({ purpose, status }) => `${purpose} ${status}`);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    if (this.#isRefused(request)) return void socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    const { url: path, method, headers } = request;
    const onward = requestOf({ port: this.#to, path, method, headers });
    onward.on('upgrade', (answer, wire, first) => {
      this.#note(request, answer.statusCode);
      wire.on('error', () => socket.destroy());
      socket.on('close', () => wire.destroy());
      wire.on('close', () => socket.destroy());
      socket.write(headOf(answer));
      socket.write(first);
      wire.write(head);
      wire.pipe(socket).pipe(wire);
    });
    onward.on('response', (answer) => {
      this.#note(request, answer.statusCode);
      socket.write(headOf(answer));
      answer.pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    onward.end();
  }

  #isRefused(request: IncomingMessage): boolean {
    const isRefused = this.refuses.has(purposeOf(request));
    if (isRefused) this.#note(request, 502);
    return isRefused;
  }

  #note(request: IncomingMessage, status = 0): void {
    const query = new URL(request.url ?? '/', this.origin).searchParams;
    this.passed.put({ purpose: purposeOf(request), status, headers: request.headers, query });
  }
}

export function isOfClient({ purpose }: Passed): boolean {
  return purpose !== 'preflight' && purpose !== 'page';
}

function purposeOf({ method, headers, url = '' }: IncomingMessage): Purpose {
  if (!url.startsWith('/hub')) return 'page';
  if (method === 'OPTIONS') return 'preflight';
  if (method === 'DELETE') return 'delete';
  if (method === 'POST') return url.startsWith('/hub/negotiate') ? 'negotiate' : 'post';
  if (headers.upgrade !== undefined) return 'WebSockets';
  return headers.accept === 'text/event-stream' ? 'ServerSentEvents' : 'LongPolling';
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let n = 0; n < rawHeaders.length; n += 2) lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
