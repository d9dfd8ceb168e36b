import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import type { RawClient } from '../support/raw-client.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

forbidUncaught();

const END = '\x1e';

function hubThatTells(reasons: Inbox<string> = new Inbox()) {
  return setupHub({}).createHub({
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Big: method([], () => 'x'.repeat(30_000)),
    },
    onDisconnected: (_hub, reason) => reasons.put(reason.name),
  });
}

const isAlone = ({ server }: TestServer) => eventually(() => server.supervisor.size === 1);

/** Connects, writes and resets at once: the server reads a request from a socket that is already broken. */
function sendAndReset(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text, () => socket.resetAndDestroy());
    });
    socket.on('error', () => {}).on('close', () => resolve());
  });
}

describe('a client that breaks its socket harms nobody', () => {
  test.each([
    ['in the middle of a frame', clientFrame(Opcode.text, 'x'.repeat(1_000)).subarray(0, 500)],
    ['in the middle of a record', clientFrame(Opcode.text, '{"type":1,"target":"Echo","argum')],
    ['in the head of a frame', Buffer.of(0x81)],
    ['behind a call', clientFrame(Opcode.text, `{"type":1,"invocationId":"1","target":"Big","arguments":[]}${END}`)],
    [
      'behind 1,000 calls',
      clientFrame(Opcode.text, `{"type":1,"invocationId":"1","target":"Echo","arguments":[1]}${END}`.repeat(1_000)),
    ],
  ])('with a reset %s', async (_what, bytes) => {
    const reasons = new Inbox<string>();
    const started = await startServer({ '/hub': hubThatTells(reasons) });
    await undisturbed(started.port, async () => {
      for (let n = 1; n <= 20; n++) {
        const hostile = await openRaw(started.port);
        hostile.socket.write(bytes, () => hostile.reset());
        await reasons.until(n);
      }
      expect(new Set(reasons.all)).toEqual(new Set(['connection-lost']));
    });
    await isAlone(started);
    expect(reasons.length).toBe(20);
  });

  test.each([
    ['of an upgrade', upgradeRequest('/hub')],
    ['of an upgrade with an unknown id', upgradeRequest('/hub?id=unknown')],
    ['of an upgrade that is none', upgradeRequest('/hub', { 'Sec-WebSocket-Key': '' })],
    ['of an upgrade of a foreign origin', upgradeRequest('/hub', { Origin: 'https://evil.example' })],
    ['of an upgrade of the negotiate path', upgradeRequest('/hub/negotiate')],
    ['of an upgrade of another path', upgradeRequest('/elsewhere')],
    ['of a negotiation', requestText('POST', '/hub/negotiate')],
    ['of a negotiation with half a body', requestText('POST', '/hub/negotiate', { 'Content-Length': '10' })],
    ['of a request', requestText('GET', '/hub')],
    ['of half a request', 'GET /hub HTTP/1.1\r\nHost'],
    ['of 100 requests in a row', requestText('GET', '/hub').repeat(100)],
  ])('with a reset right behind the text %s', async (_what, text) => {
    const started = await startServer({ '/hub': hubThatTells() });
    await undisturbed(started.port, async () => {
      for (let n = 0; n < 20; n++) await sendAndReset(started.port, text);
      // Sockets are served in order, so this answer shows that all of them have been served.
      expect((await ask(started.port, requestText('GET', '/'))).status).toBe(404);
    });
    await isAlone(started);
  });

  test('with a half-open socket: the end without a closing handshake is connection-lost, and the socket is closed', async () => {
    const reasons = new Inbox<string>();
    const started = await startServer({ '/hub': hubThatTells(reasons) });
    await undisturbed(started.port, async () => {
      const hostile = await openRaw(started.port);
      hostile.socket.end();
      await reasons.until(1);
      expect(reasons.all).toEqual(['connection-lost']);
      // Its own side still reads, and receives the end of the stream.
      await hostile.ended;
    });
    await isAlone(started);
  });

  test('with silence where the close frame should be answered: it is cut', async () => {
    const reasons = new Inbox<string>();
    const started = await startServer({ '/hub': hubThatTells(reasons) });
    const { port, server } = started;
    await undisturbed(port, async () => {
      const hostile = await openRaw(port, { answersClose: false, path: '/hub?hostile' });
      for (const connection of server.connections()) if (connection.request.query.has('hostile')) connection.abort();
      // Only the server can have ended this connection.
      expect((await hostile.ended).code).toBe(1000);
      expect(reasons.all).toEqual(['aborted']);
    });
    await isAlone(started);
  });
});

/**
 * Sends this frame again and again and reads nothing, until the connection ends. @returns the most bytes that have
 * waited for any connection.
 */
async function flood({ server }: TestServer, client: RawClient, reasons: Inbox<string>, atOnce: number, frame: Buffer) {
  client.socket.pause();
  const frames = Buffer.concat(Array<Buffer>(atOnce).fill(frame));
  let most = 0;
  // Looks in every turn of the event loop: the bytes that wait may be gone in the next.
  const look = (): void => {
    for (const { lag } of server.connections()) most = Math.max(most, lag.bytes);
    if (reasons.length === 0) setImmediate(look);
  };
  look();
  while (reasons.length === 0) await new Promise((resolve) => client.socket.write(frames, resolve));
  return most;
}

describe('a flood harms nobody', () => {
  test('of pings without reading: it is ended before it costs memory', async () => {
    const reasons = new Inbox<string>();
    const started = await startServer({ '/hub': hubThatTells(reasons) });
    await undisturbed(started.port, async () => {
      const hostile = await openRaw(started.port);
      const most = await flood(started, hostile, reasons, 1_000, clientFrame(Opcode.ping, 'x'.repeat(125)));
      // The limit of a lane. Pongs do not pass through the lane, but must not cost more than it may.
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(1_048_576);
    });
    await isAlone(started);
  });

  test('of calls without reading the answers: it ends as slow-consumer, within its limits', async () => {
    const reasons = new Inbox<string>();
    const started = await startServer({ '/hub': hubThatTells(reasons) });
    await undisturbed(started.port, async () => {
      const hostile = await openRaw(started.port);
      const call = clientFrame(Opcode.text, `{"type":1,"invocationId":"1","target":"Big","arguments":[]}${END}`);
      const most = await flood(started, hostile, reasons, 10, call);
      // One answer of any size is taken while nothing else waits.
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(1_048_576 + 65_536);
      expect(reasons.all).toEqual(['slow-consumer']);
      // Otherwise the server waits 5 s for an answer to its close frame.
      hostile.reset();
    });
    await isAlone(started);
  });

  test('of calls without an answer: all are made, and the others are served meanwhile', async () => {
    let calls = 0;
    const hub = setupHub({}).createHub({
      methods: {
        Echo: method([z.unknown()], (_hub, value) => value),
        Count: method([], () => {
          calls += 1;
        }),
      },
    });
    const started = await startServer({ '/hub': hub });
    await undisturbed(started.port, async () => {
      const hostile = await openRaw(started.port);
      const batch = clientFrame(Opcode.text, `{"type":1,"target":"Count","arguments":[]}${END}`.repeat(10_000));
      for (let n = 0; n < 10; n++) hostile.socket.write(batch);
      expect(await hostile.invoke('Echo', 'end')).toMatchObject({ result: 'end' });
      expect(calls).toBe(100_000);
    });
  });

  test('of connections that come and go at once', async () => {
    const started = await startServer({ '/hub': hubThatTells() });
    await undisturbed(started.port, async () => {
      await Promise.all(Array.from({ length: 200 }, () => sendAndReset(started.port, upgradeRequest('/hub'))));
      expect((await ask(started.port, requestText('GET', '/'))).status).toBe(404);
    });
    await isAlone(started);
  });
});
