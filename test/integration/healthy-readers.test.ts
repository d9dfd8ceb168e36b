import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { describe, expect, test } from 'vitest';
import { type CloseReason, createServer } from '../../src/index.ts';
import { listenAttached } from '../support/attached.ts';
import { connect } from '../support/clients.ts';
import { LOCALHOST, throughWindows, withoutTls } from '../support/network-paths.ts';
import { BURSTS, reads } from '../support/reading.ts';
import { readingHub } from '../support/reading-hub.ts';
import { by, TRANSPORT_PROTOCOLS, type TransportProtocol } from '../support/transport-protocols.ts';

const LINES = {
  plainly: { isSecure: false, through: (port: number) => Promise.resolve(port) },
  'over TLS': { isSecure: true, through: withoutTls },
  'through a proxy with windows of 64 KiB': { isSecure: false, through: throughWindows },
} as const;

/**
 * Much longer than the default of one second: the clients run in this very process, and other processes use the
 * machine.
 */
const ON_BUSY_MACHINES_MS = 20_000;

/** @returns the address of the hub, and the reasons for which its connections ended. */
async function start(line: keyof typeof LINES) {
  const ends: CloseReason[] = [];
  const hub = readingHub(ends, { slowConsumer: { graceMs: ON_BUSY_MACHINES_MS } });
  const server = createServer({ hubs: { '/hub': hub }, logLevel: 'silent' });
  const { isSecure, through } = LINES[line];
  const port = await listenAttached(server, isSecure ? createHttpsServer(LOCALHOST) : createHttpServer());
  return { url: `http://127.0.0.1:${await through(port)}/hub`, ends };
}

/**
 * Whether a client of this transport can read so much in time. Long Polling carries 64 KiB for each poll;
 * docs/protocol.md says what is too much for it.
 */
const isPossible = ([transport]: TransportProtocol, line: keyof typeof LINES, bytes: number) =>
  transport !== 'LongPolling' || line === 'plainly' || bytes < 2_000_000;

describe.each(TRANSPORT_PROTOCOLS)('a client that reads at full speed, over %s in %s', (...way) => {
  describe.each(Object.keys(LINES) as (keyof typeof LINES)[])('%s', (line) => {
    test.each(BURSTS.filter(([, count, length]) => isPossible(way, line, count * length)))(
      'gets a burst of %s, and stays',
      async (_burst, count, length) => {
        const { url, ends } = await start(line);
        await reads(await connect(url, by(way)), 'Burst', count, length);
        expect(ends).toEqual([]);
      },
    );
  });
});
