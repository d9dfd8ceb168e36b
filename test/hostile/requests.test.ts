// Memory that a connection keeps of its first request: no more than documented.
import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import type { HeaderLines } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { HttpCall } from '../support/raw-polling.ts';
import { sharedVictim } from './victim.ts';

const CONNECTIONS = 100;
const BATCH = 10;
const KIBI = 1_024;
/** An idle connection takes 8 KiB, and a little more over HTTP. */
const IDLE = 24 * KIBI;
/** The texts of the longest request that Node accepts are 16 KiB. */
const REQUEST = 24 * KIBI;

/** Nearly as many pairs as fit. */
const QUERY = Array.from({ length: 3_500 }, (_, n) => (n + 36 ** 2).toString(36)).join('&');
/** Nearly as many headers as Node passes on. */
const HEADERS: HeaderLines = Object.fromEntries(Array.from({ length: 950 }, (_, n) => [`h${n.toString(36)}`, 'v']));

const attacked = sharedVictim();

interface RequestParts {
  readonly query?: string;
  readonly headers?: HeaderLines;
}

/**
 * Opens a connection with such requests. Over Long Polling the last request waits beside the first one, which is kept.
 */
const WAYS = {
  async WebSockets(port: number, { query = '', headers = {} }: RequestParts) {
    await RawClient.open(port, { path: `/hub?${query}`, headers });
  },
  async 'Server-Sent Events'(port: number, { query = '', headers = {} }: RequestParts) {
    const { connectionToken } = await negotiate(port, '/hub');
    const path = `/hub?id=${connectionToken}`;
    await new HttpCall(port, `${path}&${query}`, { headers: { ...headers, Accept: 'text/event-stream' } }).opened;
    await completeHandshake(port, path);
  },
  async 'Long Polling'(port: number, { query = '', headers = {} }: RequestParts) {
    const { connectionToken } = await negotiate(port, '/hub');
    const path = `/hub?id=${connectionToken}`;
    await new HttpCall(port, `${path}&${query}`, { headers }).answer;
    await completeHandshake(port, path);
    await new HttpCall(port, path).answer;
    new HttpCall(port, `${path}&${query}`, { headers });
  },
};

async function completeHandshake(port: number, path: string): Promise<void> {
  await new HttpCall(port, path, { method: 'POST', body: '{"protocol":"json","version":1}\x1e' }).answer;
}

type Way = keyof typeof WAYS;

/** Heap for each connection whose client sends such a request, in bytes. */
async function costOf(way: Way, asked: RequestParts): Promise<number> {
  const { victim, port } = attacked;
  const open = WAYS[way];
  await open(port, {});
  const before = (await victim.ask('memory')).heapUsed;
  for (let n = 0; n < CONNECTIONS; n += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, () => open(port, asked)));
  }
  expect(await victim.ask('connections')).toBe(CONNECTIONS + 1);
  return ((await victim.ask('memory')).heapUsed - before) / CONNECTIONS;
}

describe.each<[Way, number]>([
  ['WebSockets', 1],
  ['Server-Sent Events', 1],
  ['Long Polling', 2],
])('a connection over %s', (way, requests) => {
  test.each<[string, RequestParts]>([
    ['a query of 3,500 names', { query: QUERY }],
    ['950 headers', { headers: HEADERS }],
  ])('keeps %s as a text', async (_what, asked) => {
    expect(await costOf(way, asked)).toBeLessThan(IDLE + requests * REQUEST);
  });
});
