import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CloseReason, createServer, method, setupHub } from '../../src/index.ts';
import { listenAttached } from '../support/attached.ts';
import { callsTo, closed, connect } from '../support/clients.ts';
import { LOCALHOST, throughWindows, withoutTls } from '../support/lines.ts';
import { by, WAYS, type Way } from '../support/ways.ts';

interface Reader {
  Heard(n: number, ballast: string): void;
}

/** Bursts of one turn, in messages and characters of each. */
const BURSTS = [
  ['1,500 of 100 characters', 1_500, 100],
  ['40 of 30 KB', 40, 30_000],
  ['5,000 of 10 characters', 5_000, 10],
  ['8 MB in pieces of 20 KB', 400, 20_000],
] as const;

const LINES = {
  plainly: { isSecure: false, through: (port: number) => Promise.resolve(port) },
  'over TLS': { isSecure: true, through: withoutTls },
  'through a proxy with windows of 64 KiB': { isSecure: false, through: throughWindows },
} as const;

function burstingHub(ends: CloseReason[]) {
  return setupHub({ client: {} as Reader }).createHub({
    onDisconnected: (_hub, reason) => void ends.push(reason),
    methods: {
      Burst: method([z.int(), z.int()], (hub, count, length) => {
        const ballast = 'x'.repeat(length);
        for (let n = 0; n < count; n++) void hub.clients.caller.send('Heard', n, ballast);
      }),
    },
  });
}

/** @returns where the hub is, and how its connections ended. */
async function start(line: keyof typeof LINES) {
  const ends: CloseReason[] = [];
  const server = createServer({ hubs: { '/hub': burstingHub(ends) }, logLevel: 'silent' });
  const { isSecure, through } = LINES[line];
  const port = await listenAttached(server, isSecure ? createHttpsServer(LOCALHOST) : createHttpServer());
  return { url: `http://127.0.0.1:${await through(port)}/hub`, ends };
}

/** Long Polling carries 64 KiB for each of its polls: what is too much for a second of them is said in docs/protocol.md. */
const isPossible = ([transport]: Way, line: keyof typeof LINES, bytes: number) =>
  transport !== 'LongPolling' || line === 'plainly' || bytes < 2_000_000;

describe.each(WAYS)('a client that reads at full speed, over %s in %s', (...way) => {
  describe.each(Object.keys(LINES) as (keyof typeof LINES)[])('%s', (line) => {
    test.each(BURSTS.filter(([, count, length]) => isPossible(way, line, count * length)))(
      'gets a burst of %s, and stays',
      async (_burst, count, length) => {
        const { url, ends } = await start(line);
        const client = await connect(url, by(way));
        const heard = callsTo<[number, string]>(client, 'Heard');
        const gone = closed(client).then(() => Promise.reject(new Error('closed', { cause: ends[0] })));
        await Promise.race([client.invoke('Burst', count, length), gone]);
        await Promise.race([heard.until(count), gone]);
        expect(heard.all.map(([n]) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
        expect(heard.all.every(([, ballast]) => ballast.length === length)).toBe(true);
        await client.invoke('Burst', 0, 0);
        expect(ends).toEqual([]);
      },
    );
  });
});
