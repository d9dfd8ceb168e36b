import { createServer as createHttpServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AnyHubDefinition, createServer, method, setupHub, stream } from '../../src/index.ts';
import type { LineLevel } from '../../src/log.ts';
import { COUNTING_MS, UNCOUNTED_LINES } from '../../src/log-limit.ts';
import { listenAttached } from '../support/attached.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';

const FLOOD = 100_000;
const IN_A_CHUNK = 1_000;

const hub = () =>
  setupHub({}).createHub({
    methods: {
      Echo: method([z.string()], (_hub, text) => text),
      Stop: method([], (hub) => hub.abort({ reason: 'of the author' })),
    },
  });

const refusals = ({ lines }: CollectedLog) => lines.filter(({ data }) => 'refusal' in data);

describe('a flood of refusals on one connection', () => {
  test.each([
    ['calls of a hundred thousand methods that do not exist', (n: number) => ({ target: `Nope${n}`, arguments: [] })],
    ['arguments that do not fit', (n: number) => ({ target: 'Echo', arguments: [n] })],
  ])('is a handful of lines: %s', async (_what, callOf) => {
    const server = new MemoryServer(hub());
    const { client } = await server.connect();
    for (let sent = 0; sent < FLOOD; sent += IN_A_CHUNK) {
      client.sendRecord(...Array.from({ length: IN_A_CHUNK }, (_, n) => ({ type: 1, ...callOf(sent + n) })));
      await server.settle();
    }
    expect(refusals(server.log).map(({ level }) => level)).toEqual([
      'info',
      ...new Array(UNCOUNTED_LINES).fill('debug'),
    ]);
    await server.pass(COUNTING_MS);
    expect(refusals(server.log)).toHaveLength(UNCOUNTED_LINES + 2);
    expect(server.log.lines.at(-1)?.data).toMatchObject({ more: FLOOD - 1 - UNCOUNTED_LINES });
    await server.pass(10 * COUNTING_MS);
    expect(refusals(server.log)).toHaveLength(UNCOUNTED_LINES + 2);
  });

  test('makes nothing for the log when nobody looks at its lines', async () => {
    const log = new CollectedLog();
    const asked: LineLevel[] = [];
    const isLevelEnabled = (level: LineLevel) => {
      asked.push(level);
      return level !== 'debug';
    };
    const server = new MemoryServer(hub(), { log: Object.assign(log, { isLevelEnabled }) });
    const { client } = await server.connect();
    for (let n = 0; n < 100; n++) client.invoke(`Nope${n}`, []);
    await server.settle();
    expect(log.lines).toMatchObject([{ level: 'info', data: { method: 'Nope0' } }]);
    // Called once for each: no line is made.
    expect(asked.length).toBeLessThanOrEqual(102);
  });
});

test('names of clients are cut, and what they do to a terminal can be seen', async () => {
  const server = new MemoryServer(hub());
  const { client } = await server.connect();
  client.invoke(`\u001b[31m\r\n\u202e${'x'.repeat(1_000)}`, []);
  await server.settle();
  const name = `\\u{1b}[31m\\u{d}\\u{a}\\u{202e}${'x'.repeat(100 - 8)}…`;
  expect(refusals(server.log)).toMatchObject([{ data: { method: name } }]);

  const { port, log } = await logging();
  const host = 'x'.repeat(1_000);
  await ask(port, requestText('POST', '/hub/negotiate', { Host: host }));
  await ask(port, requestText('POST', '/hub/negotiate', { Origin: `https://\u009b${host}` }));
  expect(refusals(log)).toMatchObject([
    { data: { host: `${'x'.repeat(255)}…` } },
    { data: { origin: expect.stringMatching(/^https:\/\/[^\u009b]{1,300}…$/u) } },
  ]);
});

async function logging() {
  const log = new CollectedLog();
  return { ...(await startServer({ '/hub': emptyHub() }, { logger: log })), log };
}

test.each([
  ['POST', '/hub/negotiate?negotiateVersion=1'],
  ['GET', '/hub?id=1'],
  ['OPTIONS', '/hub'],
])('a page of another origin is told which option names it, and nothing of what it sent: %s %s', async (verb, path) => {
  const { port } = await logging();
  const answer = await ask(port, requestText(verb, path, { Origin: 'https://evil.example' }));
  expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('`origins`') });
  expect(answer.body).not.toContain('evil');
});

describe('what a HubError says is for the client', () => {
  const end = async (hub: AnyHubDefinition) => {
    const server = new MemoryServer(hub, { hubOptions: { invocationTimeoutMs: 1_000 } });
    const { client } = await server.connect();
    client.sendClose(SAID);
    await server.settle();
    await server.pass(2_000);
    expect(JSON.stringify(server.log.lines)).not.toContain(SAID);
    return server.log.lines.filter(({ level }) => level !== 'debug');
  };
  const SAID = 'the text of a client';

  test('also when onDisconnected throws what the client has said', async () => {
    const hub = setupHub({}).createHub({
      methods: {},
      onDisconnected: (_hub, { error }) => {
        throw error;
      },
    });
    expect(await end(hub)).toMatchObject([{ level: 'warn', text: 'onDisconnected failed' }]);
  });
});

test('an id that a client names for what another one was asked is no text of a line', async () => {
  const asking = setupHub({ client: {} as { Confirm(): boolean } }).createHub({ methods: {} });
  const server = new MemoryServer(asking);
  const asked = await server.connect();
  const meddler = await server.connect();
  server.parts
    .context(asking)
    .clients.client(asked.id)
    .invoke('Confirm')
    .catch(() => {});
  await server.settle();
  const id = asked.client.requestedResults[0]?.invocationId as string;
  meddler.client.complete(id, { result: true });
  await server.settle();
  expect(refusals(server.log)).toMatchObject([
    { data: { refusal: 'protocol-broken', reason: 'It answered what another connection was asked.' } },
  ]);
  expect(JSON.stringify(server.log.lines)).not.toContain(id);
});

describe('what is wrong with a hub is a line at warn or error', () => {
  test('an onConnected that takes too long', async () => {
    const hub = setupHub({}).createHub({ methods: {}, onConnected: () => new Promise<void>(() => {}) });
    const server = new MemoryServer(hub, { hubOptions: { invocationTimeoutMs: 1_000 } });
    await server.connect();
    await server.pass(1_200);
    expect(server.log.lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', text: 'onConnected took longer than invocationTimeoutMs', data: { invocationTimeoutMs: 1_000 } },
    ]);
  });

  test('a streaming method that returns no AsyncIterable, and a schema of an upload that throws', async () => {
    const throwing = z.unknown().refine(() => {
      throw new Error('out of order');
    });
    const hub = setupHub({}).createHub({
      methods: {
        NoStream: stream([], () => 7 as unknown as AsyncIterable<number>),
        Sum: method([], { upload: [throwing] }, async (_hub, items) => {
          for await (const _ of items);
        }),
      },
    });
    const server = new MemoryServer(hub);
    const { client } = await server.connect();
    client.stream('NoStream', [], '1');
    client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: '2', streamIds: ['s'] });
    client.sendItem('s', 1);
    await server.settle();
    expect(server.log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toMatchObject([
      { level: 'warn', text: 'a streaming method returned no AsyncIterable', data: { method: 'NoStream' } },
      { level: 'error', text: 'a schema threw', data: { method: 'Sum' } },
    ]);
  });
});

describe('on a server of the user', () => {
  const attached = async (basePath: string) => {
    const log = new CollectedLog();
    const http = createHttpServer((_request, response) => response.end('of the user'));
    const server = createServer({ hubs: { '/hub': emptyHub() }, logger: log });
    const port = await listenAttached(server, http, { basePath });
    return { port, kinds: () => refusals(log).map(({ data }) => (data as { refusal: string }).refusal) };
  };

  test('requests that nearly are for a hub are told once each, and others not at all', async () => {
    const { port, kinds } = await attached('/realtime');
    await ask(port, requestText('GET', '/elsewhere'));
    await ask(port, upgradeRequest('/elsewhere'));
    expect(kinds()).toEqual([]);
    expect((await ask(port, requestText('POST', '/hub/negotiate'))).body).toBe('of the user');
    await ask(port, upgradeRequest('/hub'));
    expect(kinds()).toEqual(['base-path-missing', 'base-path-missing']);
    await ask(port, requestText('POST', '/realtime/hubb/negotiate'));
    await ask(port, upgradeRequest('/realtime/hubb'));
    expect(kinds().slice(2)).toEqual(['no-such-path', 'no-such-path']);
  });

  test('a hub that is found leaves none, nor does a server without a base path', async () => {
    const { port, kinds } = await attached('/realtime');
    expect((await ask(port, requestText('POST', '/realtime/hub/negotiate'))).status).toBe(200);
    expect(kinds()).toEqual([]);
    const root = await attached('/');
    await ask(root.port, requestText('GET', '/elsewhere'));
    expect(root.kinds()).toEqual([]);
  });
});

describe('connections that come and go', () => {
  test('are lines at debug, with the reason of the end and how long it took', async () => {
    const server = new MemoryServer(hub());
    const stopped = await server.connect({ user: { id: 'somebody', roles: [] } });
    await server.pass(12_300);
    stopped.client.invoke('Stop', []);
    await server.settle();
    const left = await server.connect();
    left.client.sendClose('I had enough');
    await server.settle();
    const early = server.open();
    early.client.cut();
    await server.settle();
    expect(server.log.lines).toMatchObject([
      { level: 'debug', text: 'connected', data: { connectionId: 'c0', transport: 'WebSockets', protocol: 'json' } },
      { text: 'disconnected', data: { connectionId: 'c0', reason: 'aborted', durationMs: 12_300, messagesIn: 1 } },
      { text: 'connected', data: { connectionId: 'c1', remoteAddress: 'memory' } },
      { text: 'disconnected', data: { connectionId: 'c1', reason: 'client-closed', durationMs: 0 } },
      { text: 'disconnected before its handshake', data: { connectionId: 'c2', reason: 'connection-lost' } },
    ]);
    expect(server.log.lines.every(({ level, data }) => level === 'debug' && 'hub' in data)).toBe(true);
    expect(JSON.stringify(server.log.lines)).not.toMatch(/somebody|of the author|enough/);
  });

  test('are bounded, too', async () => {
    const server = new MemoryServer(hub());
    for (let n = 0; n < 50; n++) {
      const { client } = await server.connect();
      client.cut();
      await server.settle();
    }
    expect(server.log.lines).toHaveLength(2 * UNCOUNTED_LINES);
    await server.pass(COUNTING_MS);
    expect(server.log.lines).toHaveLength(2 * UNCOUNTED_LINES + 2);
  });
});
