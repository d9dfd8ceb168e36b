// Bodies of requests that have already been answered. Node would read them without end.
import { createServer as createHttpServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer, type ServerOptions } from '../../src/index.ts';
import { listenAttached } from '../support/attached.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { Inbox } from '../support/inbox.ts';
import { type HeaderLines, requestText } from '../support/raw-http.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { startTimedServer, type TimedServer } from '../support/timed-server.ts';

const PIECE = 65_536;
/** More than the kernels of both sides hold for one connection. */
const ENDLESS = 16 * 1_048_576;
const CHUNK = Buffer.from(`${PIECE.toString(16)}\r\n${'x'.repeat(PIECE)}\r\n`);
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const DECLARED = { 'Content-Length': `${1_000 * ENDLESS}` };

const start = (options: Omit<ServerOptions, 'hubs'> = {}) =>
  startTimedServer(
    { '/hub': emptyHub({ options: { maximumReceiveMessageBytes: 1_000, maximumFrameBytes: 5_000 } }) },
    {
      authenticate: ({ headers }) => (headers['x-user'] === 'forged' ? Promise.reject(new Error('no')) : null),
      ...options,
    },
  );

class Sender {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #answer = new Inbox<string>();
  #isClosed = false;

  constructor(port: number, head: string) {
    this.socket = connect(port, '127.0.0.1');
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    void this.closed.then(() => {
      this.#isClosed = true;
    });
    this.socket.on('error', () => {}).on('data', (chunk) => this.#answer.put(String(chunk)));
    this.socket.write(head);
    onTestFinished(() => void this.socket.destroy());
  }

  /** The status of the next answer. */
  async status(): Promise<number> {
    const nth = this.#answer.length + 1;
    const text = (await this.#answer.until(nth)).at(-1) ?? '';
    return Number(text.split(' ')[1]);
  }

  get answered(): string {
    return this.#answer.all.join('');
  }

  /**
   * Sends until the server ends the connection, or until an amount that only a server without a limit takes. @returns
   * the number of bytes that were sent.
   */
  async pour(piece: Buffer): Promise<number> {
    const gone = (): number => this.socket.bytesWritten - this.socket.writableLength;
    while (!this.#isClosed && gone() < ENDLESS) {
      if (this.socket.write(piece)) await new Promise(setImmediate);
      else await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
    }
    return gone();
  }
}

/** Lets time pass until `happens` settles. */
async function hurrying<T>({ pass }: TimedServer, happens: Promise<T>): Promise<T> {
  const timer = setInterval(() => pass(40), 2);
  try {
    return await happens;
  } finally {
    clearInterval(timer);
  }
}

const REQUESTS: [what: string, status: number, method: string, path: string, headers: HeaderLines][] = [
  ['for an unknown id', 404, 'POST', '/hub?id=nobody', {}],
  ['without an id', 400, 'POST', '/hub', {}],
  ['of a poll', 404, 'GET', '/hub?id=nobody', {}],
  ['of a DELETE', 404, 'DELETE', '/hub?id=nobody', {}],
  ['of a negotiation', 200, 'POST', '/hub/negotiate?negotiateVersion=1', {}],
  ['of a negotiation by another method', 405, 'PUT', '/hub/negotiate', {}],
  ['of a method that hubs do not know', 405, 'PUT', '/hub', {}],
  ['of a preflight', 204, 'OPTIONS', '/hub', { Origin: 'http://localhost', 'Access-Control-Request-Method': 'GET' }],
  ['of a foreign page', 403, 'POST', '/hub', { Origin: 'http://evil.example' }],
  ['of somebody unknown', 401, 'POST', '/hub', { 'X-User': 'forged' }],
  ['for a foreign host', 421, 'POST', '/hub', { Host: 'evil.example' }],
  ['for no path of ours', 404, 'POST', '/nothing', {}],
  ['of a health check', 200, 'GET', '/healthz', {}],
];

describe('an endless body', () => {
  test.each(REQUESTS)(
    '%s is answered with %i, read no further, and cut',
    async (_what, status, method, path, headers) => {
      for (const [kind, piece] of [
        [CHUNKED, CHUNK],
        [DECLARED, Buffer.alloc(PIECE)],
      ] as const) {
        const started = await start();
        const sender = new Sender(started.port, requestText(method, path, { ...headers, ...kind }));
        expect(await sender.status()).toBe(status);
        expect(await hurrying(started, sender.pour(piece))).toBeLessThan(ENDLESS);
        await sender.closed;
      }
    },
  );

  test('that is too long is answered with 413, and the rest of it treated alike; its connection lives', async () => {
    const started = await start();
    const client = await RawRequests.poll(started.port);
    const sender = new Sender(started.port, requestText('POST', client.path, CHUNKED));
    sender.socket.write(CHUNK);
    expect(await sender.status()).toBe(413);
    const poll = client.get();
    expect(await hurrying(started, sender.pour(CHUNK))).toBeLessThan(ENDLESS);
    await sender.closed;
    expect(started.server.supervisor.size).toBe(1);
    poll.drop();
  });

  test('of a DELETE that ends its connection is treated alike', async () => {
    const started = await start();
    const client = await RawRequests.poll(started.port);
    const sender = new Sender(started.port, requestText('DELETE', client.path, CHUNKED));
    expect(await sender.status()).toBe(202);
    expect(await hurrying(started, sender.pour(CHUNK))).toBeLessThan(ENDLESS);
    await sender.closed;
  });

  test('behind a stream on a socket that asked for an upgrade is cut, whatever has been answered', async () => {
    const started = await start();
    const client = await RawRequests.negotiate(started.port);
    const headers = { Accept: 'text/event-stream', Connection: 'Upgrade', Upgrade: 'h2c' };
    const sender = new Sender(started.port, requestText('GET', client.path, headers));
    expect(await sender.status()).toBe(200);
    expect(await sender.pour(Buffer.alloc(PIECE))).toBeLessThan(ENDLESS);
    await sender.closed;
  });
});

describe('a body whose request has been answered', () => {
  const answered = async (rest: string) => {
    const started = await start();
    const head = requestText('POST', '/hub?id=nobody', { 'Content-Length': `${3 + rest.length}` });
    const sender = new Sender(started.port, `${head}abc`);
    expect(await sender.status()).toBe(404);
    return { ...started, sender };
  };

  test('may end with a short rest: the next request follows on the same connection, at any time', async () => {
    const { sender, pass } = await answered('x'.repeat(10_000));
    pass(4_000);
    sender.socket.write('x'.repeat(10_000) + requestText('GET', '/healthz'));
    expect(await sender.status()).toBe(200);
    pass(10_000);
    sender.socket.write(requestText('GET', '/healthz'));
    expect(await sender.status()).toBe(200);
  });

  test('has five seconds for it', async () => {
    const { sender, pass } = await answered('x'.repeat(1_000));
    // A byte now and then, so that Node does not regard the connection as idle.
    const drip = setInterval(() => sender.socket.write('x'), 500);
    onTestFinished(() => clearInterval(drip));
    pass(4_800);
    expect(sender.socket.destroyed).toBe(false);
    pass(400);
    await sender.closed;
    expect(sender.answered).toContain('No Connection with that ID');
  });
});

test("attached to a user's server the bodies of their own requests are theirs", async () => {
  const http = createHttpServer((_request, response) => response.end());
  const server = createServer({ hubs: { '/hub': emptyHub() }, logLevel: 'silent' });
  const port = await listenAttached(server, http);
  const users = new Sender(port, requestText('POST', '/page', CHUNKED));
  expect(await users.pour(CHUNK)).toBeGreaterThanOrEqual(ENDLESS);
  expect(users.socket.destroyed).toBe(false);
});
