import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { TOO_MANY_FRAMES } from '../../src/transports/frame-budget.ts';
import { openRaw } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import type { RawClient } from '../support/raw-client.ts';
import type { TestServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

const AT_ONCE = 100;

async function start() {
  const reasons = new Inbox<CloseReason>();
  const log = new CollectedLog();
  const hub = setupHub({ client: {} as { Text(text: string): void } }).createHub({
    options: { keepAliveIntervalMs: 600_000 },
    onDisconnected: (_hub, reason) => reasons.put(reason),
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Fill: method([z.int()], (hub, bytes) => hub.clients.caller.send('Text', 'x'.repeat(bytes))),
    },
  });
  return { ...(await startTimedServer({ '/hub': hub }, { logger: log })), reasons, log };
}

function flood(client: RawClient, opcode: number, count: number, payload = ''): void {
  client.socket.write(Buffer.concat(Array.from({ length: count }, (_, n) => clientFrame(opcode, payload || `${n}`))));
}

/** Bytes that wait for each client, those in its socket included. */
const buffered = ({ server }: TestServer) => [...server.connections()].map(({ lag }) => lag.bytes);

describe('WebSocket pings', () => {
  test('are answered one by one, also many at once', async () => {
    const { port, reasons } = await start();
    const client = await openRaw(port);
    flood(client, Opcode.ping, 50);
    expect(await client.pongs.until(50)).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
    expect(reasons.length).toBe(0);
  });

  test('are answered by the latest when many come at once', async () => {
    const { port, reasons } = await start();
    const client = await openRaw(port);
    flood(client, Opcode.ping, AT_ONCE);
    await client.pongs.first((payload) => payload === `${AT_ONCE - 1}`);
    expect(await client.invoke('Echo', 1)).toMatchObject({ result: 1 });
    expect(reasons.length).toBe(0);
  });

  test('harm nobody when they come now and then, for ever', async () => {
    const { port, pass, reasons } = await start();
    const client = await openRaw(port);
    for (let n = 1; n <= 500; n++) {
      client.frame(Opcode.ping, `${n}`);
      expect((await client.pongs.until(n)).at(-1)).toBe(`${n}`);
      pass(100);
    }
    expect(reasons.length).toBe(0);
  });

  test('that were sent while the event loop was blocked count over that time', async () => {
    const { clock, port, pass, reasons } = await start();
    const client = await openRaw(port);
    for (let block = 0; block < 3; block++) {
      flood(client, Opcode.ping, AT_ONCE);
      await client.pongs.first((payload) => payload === `${AT_ONCE - 1}`);
      expect(await client.invoke('Echo', block)).toMatchObject({ result: block });
      clock.block(20_000);
      pass(100);
    }
    expect(reasons.length).toBe(0);
  });

  test('that nobody reads the answers to keep little memory, and the latest is answered in the end', async () => {
    const started = await start();
    const { port, pass, reasons } = started;
    const client = await openRaw(port);
    const witness = await openRaw(port);
    client.socket.pause();
    // More than the kernel takes.
    client.send({ type: 1, target: 'Fill', arguments: [8_000_000] });
    await eventually(() => buffered(started).some((bytes) => bytes > 1_000_000));
    const before = Math.max(...buffered(started));
    for (let second = 0; second < 9; second++) {
      flood(client, Opcode.ping, 10, 'x'.repeat(120));
      pass(900);
      await witness.invoke('Echo', second);
    }
    client.frame(Opcode.ping, 'the latest');
    await witness.invoke('Echo', 'all has arrived');
    expect(Math.max(...buffered(started)) - before).toBeLessThan(10_000);
    client.socket.resume();
    await client.pongs.first((payload) => payload === 'the latest');
    expect(client.pongs.length).toBeLessThan(70);
    expect(reasons.length).toBe(0);
  });

  test('do not hide that their client takes nothing', async () => {
    const started = await start();
    const { port, pass, reasons } = started;
    const client = await openRaw(port);
    const witness = await openRaw(port);
    client.socket.pause();
    client.send({ type: 1, target: 'Fill', arguments: [8_000_000] }, { type: 1, target: 'Fill', arguments: [10] });
    await eventually(() => buffered(started).some((bytes) => bytes > 1_000_000));
    for (let second = 0; second < 13 && reasons.length === 0; second++) {
      client.frame(Opcode.ping, 'still here');
      await witness.invoke('Echo', second);
      pass(1_000);
      await witness.invoke('Echo', second);
    }
    expect(reasons.all).toMatchObject([{ name: 'slow-consumer' }]);
    client.reset();
  });
});

const FRAMES = [
  ['pings', Opcode.ping, 'now'],
  ['pongs', Opcode.pong, 'now'],
  ['empty messages', Opcode.text, ''],
] as const;

describe.each(FRAMES)('a flood of WebSocket %s', (_what, opcode, payload) => {
  const frames = (count: number) => Buffer.concat(new Array<Buffer>(count).fill(clientFrame(opcode, payload)));

  test('ends with 1008, a reason, and a line in the log', async () => {
    const { port, reasons, log } = await start();
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      client.socket.write(frames(AT_ONCE));
      // A client that stops in time is not affected.
      expect(await client.invoke('Echo', 1)).toMatchObject({ result: 1 });
      client.socket.write(frames(10_000));
      expect((await client.ended).code).toBe(1008);
    });
    expect(reasons.all).toMatchObject([{ name: 'protocol-error', text: TOO_MANY_FRAMES }]);
    expect(log.lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'info', data: { hub: '/hub', refusal: 'protocol-broken', reason: TOO_MANY_FRAMES } },
    ]);
  });

  test('ends, too, when each second brings some more than may come', async () => {
    const { port, pass, reasons } = await start();
    const client = await openRaw(port);
    const witness = await openRaw(port);
    for (let second = 0; second < 30 && reasons.length === 0; second++) {
      client.socket.write(frames(20));
      for (let n = 0; n < 3; n++) await witness.invoke('Echo', second);
      pass(1_000);
    }
    expect(await reasons.until(1)).toMatchObject([{ name: 'protocol-error' }]);
  });
});
