import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { method } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import type { TransportName } from '../../src/protocol/negotiate.ts';
import { UNFINISHED_MS } from '../../src/transports/unfinished-limit.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { packed, packedRecord } from '../support/messagepack-records.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';

const WAYS: readonly (readonly [TransportName, ProtocolName])[] = [
  ['WebSockets', 'json'],
  ['WebSockets', 'messagepack'],
  ['ServerSentEvents', 'json'],
  ['LongPolling', 'json'],
  ['LongPolling', 'messagepack'],
];

const recordOf = (protocol: ProtocolName, record: object) =>
  protocol === 'json' ? Buffer.from(`${JSON.stringify(record)}\x1e`) : packedRecord(record as never);
const call = (target: string, ...args: readonly unknown[]) => ({ type: 1, target, arguments: args });

async function connected([over, protocol]: (typeof WAYS)[number], more: object = {}) {
  const reasons: CloseReason[] = [];
  const noted: unknown[] = [];
  const held: Deferred<void>[] = [];
  const hub = setupHub({}).createHub({
    onDisconnected: (_hub, reason) => void reasons.push(reason),
    methods: {
      Note: method([any<unknown>()], (_hub, value) => void noted.push(value)),
      Hold: method([], { timeoutMs: 0 }, () => {
        held.push(defer());
        return held.at(-1)?.promise;
      }),
    },
  });
  // Pings would only slow down the test.
  const server = new MemoryServer(hub, {
    hubOptions: { keepAliveIntervalMs: 600_000, pollTimeoutMs: 600_000, ...more },
  });
  const peer = server.openOver(over);
  peer.client.protocol = clientProtocol(protocol);
  peer.client.handshake();
  await server.settle();
  const bytes = (record: object) => recordOf(protocol, record);
  return { server, peer, client: peer.client, reasons, noted, held, bytes };
}

describe.each(WAYS)('a record over %s in %s that is not finished', (...way) => {
  test('ends its connection after 30 s, with a reason that says why', async () => {
    const { server, client, reasons, noted, bytes } = await connected(way);
    client.send(Buffer.concat([bytes(call('Note', 1)), bytes(call('Note', 2)).subarray(0, 1)]));
    await server.settle();
    expect(noted).toEqual([1]);
    await server.pass(UNFINISHED_MS - 200);
    expect(reasons).toEqual([]);
    await server.pass(400);
    expect(client.closeRecord).toMatchObject({ error: 'Connection closed with an error.', allowReconnect: true });
    expect(reasons).toMatchObject([
      { name: 'protocol-error', text: `A record was begun and not finished within ${UNFINISHED_MS} ms.` },
    ]);
    await server.pass(10_000);
    expect(server.leftovers()).toMatchObject({ connections: 0, alarms: 0 });
  });

  test('has its time whatever comes of it meanwhile, and the next has its own', async () => {
    const { server, client, reasons, noted, bytes } = await connected(way);
    const first = bytes(call('Note', 'x'.repeat(40)));
    const second = bytes(call('Note', 'y'.repeat(40)));
    for (let at = 0; at < 29; at++) {
      client.send(first.subarray(at, at + 1));
      await server.pass(1_000);
    }
    // The end of one record and the beginning of another in one chunk.
    client.send(Buffer.concat([first.subarray(29), second.subarray(0, 1)]));
    await server.pass(29_000);
    expect(reasons).toEqual([]);
    client.send(second.subarray(1, 20));
    await server.pass(1_500);
    expect(reasons).toMatchObject([{ name: 'protocol-error' }]);
    expect(noted).toHaveLength(1);
  });

  test('counts from the last that was skipped, too', async () => {
    const { server, client, reasons, noted, bytes } = await connected(way);
    const unknown = way[1] === 'json' ? Buffer.from('{"type":99}\x1e') : packed(99);
    const last = bytes(call('Note', 1));
    client.send(unknown.subarray(0, 1));
    await server.pass(20_000);
    client.send(Buffer.concat([unknown.subarray(1), last.subarray(0, 1)]));
    await server.pass(20_000);
    client.send(last.subarray(1));
    await server.settle();
    expect(noted).toEqual([1]);
    await server.pass(60_000);
    expect(reasons).toEqual([]);
  });

  test('waits as long as bytes before it wait for room', async () => {
    const { server, client, reasons, noted, held, bytes } = await connected(way);
    const holds = Buffer.concat(Array.from({ length: 101 }, () => bytes(call('Hold'))));
    const last = bytes(call('Note', 'done'));
    client.send(Buffer.concat([holds, last.subarray(0, 5)]));
    await server.settle();
    await server.pass(2 * UNFINISHED_MS);
    expect(reasons).toEqual([]);
    // Makes room for the rest: from now on its time limit runs.
    held.shift()?.resolve();
    await server.settle();
    await server.pass(UNFINISHED_MS - 1_000);
    expect(reasons).toEqual([]);
    client.send(last.subarray(5));
    await server.settle();
    for (let n = 0; n < 101; n++) {
      held.shift()?.resolve();
      await server.settle();
    }
    expect(noted).toEqual(['done']);
    await server.pass(2 * UNFINISHED_MS);
    expect(reasons).toEqual([]);
  });

  test('is no matter once its client has left', async () => {
    const { server, client, peer, reasons, bytes } = await connected(way);
    client.send(Buffer.concat([bytes(call('Hold')), bytes(call('Hold')).subarray(0, 3)]));
    await server.settle();
    client.cut();
    await server.settle();
    // Without polls the transport is lost after 15 s, and the end waits 10 s for the call.
    await server.pass(27_000);
    expect(reasons).toMatchObject([{ name: 'connection-lost' }]);
    expect(peer.isForgotten).toBe(true);
    expect(server.leftovers()).toMatchObject({ connections: 0, alarms: 0 });
  });
});

describe('a client that comes back with stateful reconnect', () => {
  property(
    'begins anew: what it had begun on the lost socket is no longer unfinished',
    [fc.integer({ min: 1, max: 29 }), fc.integer({ min: 0, max: 14 })],
    20,
    async (before, away) => {
      const reasons: string[] = [];
      const hub = setupHub({}).createHub({
        options: { allowStatefulReconnects: true, keepAliveIntervalMs: 600_000, clientTimeoutMs: 600_000 },
        onDisconnected: (_hub, reason) => void reasons.push(reason.name),
        methods: { Hold: method([], { timeoutMs: 0 }, () => held.promise) },
      });
      const held = defer();
      const server = new MemoryServer(hub);
      const peer = server.openReturning();
      peer.client.handshake();
      await server.settle();
      // The second call waits for the first.
      peer.client.sendRecord(call('Hold'), call('Hold'));
      peer.client.send('{"type":1,');
      await server.pass(before * 1_000);
      peer.client.cut();
      await server.settle();
      // The bytes of the lost socket are parsed when there is room for more, and the rest of them has no time limit.
      const { armed } = server.parts.wheel;
      held.resolve();
      await server.settle();
      expect(server.parts.wheel.armed).toBe(armed);
      await server.pass(away * 1_000);
      expect(server.comeBack(peer)).toBe(true);
      await server.settle();
      await server.pass(2 * UNFINISHED_MS);
      expect(reasons).toEqual([]);
      // The new socket has the usual time limit.
      peer.client.send('{"type":1,');
      await server.pass(UNFINISHED_MS + 200);
      expect(reasons).toEqual(['protocol-error']);
    },
  );
});
