import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createServer, method, type ServerOptions, setupHub, stream } from '../../src/index.ts';
import { COUNTING_MS, UNCOUNTED_LINES } from '../../src/log-limit.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';

const TIMES = 50;

const noisyHub = () =>
  setupHub({}).createHub({
    onConnected(hub) {
      if (hub.user?.id === 'unwanted') throw new Error('not you');
    },
    onDisconnected(hub) {
      if (hub.user?.id === 'clumsy') throw new Error('out of order');
    },
    methods: {
      Unwritable: method([], () => 1n),
      Fail: method([], () => {
        throw new Error('out of order');
      }),
      // biome-ignore lint/correctness/useYield: it ends before it could.
      FailLater: stream([], async function* () {
        throw new Error('out of order');
      }),
      Forbid: method(
        [],
        {
          authorize: () => {
            throw new Error('out of order');
          },
        },
        () => 1,
      ),
      Check: method(
        [
          z.unknown().refine(() => {
            throw new Error('out of order');
          }),
        ],
        () => 1,
      ),
      Write: method([], (hub) => hub.log.info({}, 'of the author')),
    },
  });

/** For each log line that the client of one connection can cause, the call that causes it. */
const LINES_OF_CALLS: readonly (readonly [target: string, args: readonly unknown[], text: string])[] = [
  ['Unwritable', [], 'a method failed'],
  ['Fail', [], 'a method failed'],
  ['Forbid', [], 'authorize threw'],
  ['Check', [1], 'a schema threw'],
];

describe('as many lines as a client likes', () => {
  test.each(LINES_OF_CALLS)('of the method %s are bounded', async (target, args, text) => {
    const server = new MemoryServer(noisyHub());
    const { client } = await server.connect();
    for (let n = 0; n < TIMES; n++) client.invoke(target, args, String(n));
    await server.settle();
    expect(client.completions(String(TIMES - 1))).toHaveLength(1);
    expect(textsOf(server.log)).toEqual(new Array(UNCOUNTED_LINES).fill(text));
    server.clock.increment(COUNTING_MS);
    expect(server.log.lines.at(-1)?.data).toMatchObject({ hub: '/hub', more: TIMES - UNCOUNTED_LINES });
  });

  test('of a stream are bounded', async () => {
    const server = new MemoryServer(noisyHub());
    const { client } = await server.connect();
    for (let n = 0; n < TIMES; n++) client.stream('FailLater', [], String(n));
    await server.settle();
    expect(client.completions(String(TIMES - 1))).toHaveLength(1);
    expect(textsOf(server.log)).toEqual(new Array(UNCOUNTED_LINES).fill('a stream failed'));
  });

  test.each([
    ['unwanted', 'onConnected failed'],
    ['clumsy', 'onDisconnected failed'],
  ])('that come and go are bounded: %s', async (id, text) => {
    const server = new MemoryServer(noisyHub());
    for (let n = 0; n < TIMES; n++) {
      const { client } = server.open({ user: { id, roles: [] } });
      client.handshake();
      await server.settle();
      client.close();
      await server.settle();
    }
    expect(textsOf(server.log)).toEqual(new Array(UNCOUNTED_LINES).fill(text));
  });

  test('are said before the server has closed, and what the author logs is left alone', async () => {
    const server = new MemoryServer(noisyHub());
    const { client } = await server.connect();
    for (let n = 0; n < TIMES; n++) {
      client.invoke('Fail', []);
      client.invoke('Write', []);
    }
    await server.settle();
    expect(textsOf(server.log).filter((text) => text === 'of the author')).toHaveLength(TIMES);
    client.close();
    await server.settle();
    await server.parts.close();
    expect(server.clock.now()).toBe(0);
    expect(server.log.lines.at(-1)?.data).toMatchObject({ more: TIMES - UNCOUNTED_LINES });
    expect(server.clock.pending).toBe(0);
  });
});

const refuses = (): never => {
  throw new Error('not you');
};

/** For each log line that any sender of requests can cause, the request that causes it. */
const LINES_OF_REQUESTS: readonly (readonly [text: string, Omit<ServerOptions, 'hubs'>, request: string])[] = [
  ['authenticate refused a request', { authenticate: refuses }, requestText('POST', '/hub/negotiate')],
  ['origins threw', { origins: refuses }, requestText('POST', '/hub/negotiate', { Origin: 'http://evil.example' })],
  ['an inspector was refused', { inspect: { token: 'sixteen-or-more-characters' } }, upgradeRequest('/inspect')],
];

describe('as many lines as somebody who sends requests likes', () => {
  test.each(LINES_OF_REQUESTS)('are bounded: %s', async (text, options, request) => {
    const log = new CollectedLog();
    const server = createServer({ ...options, hubs: { '/hub': noisyHub() }, logger: log });
    const { port } = await server.listen({ port: 0 });
    for (let n = 0; n < TIMES; n++) await ask(port, request);
    await server.close();
    const lines = log.lines.filter((line) => line.text.startsWith(text));
    expect(lines.length).toBeLessThan(TIMES / 2);
    const said = lines.reduce((sum, { data }) => sum + ((data as { more?: number }).more ?? 1), 0);
    expect(said).toBe(TIMES);
  });
});

function textsOf({ lines }: CollectedLog): string[] {
  return lines.filter(({ level }) => level !== 'debug').map(({ text }) => text);
}
