import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

forbidUncaught();

const END = '\x1e';
const MEBI = 1_048_576;

function hubThatTells(reasons: Inbox<string> = new Inbox()) {
  return setupHub({}).createHub({
    methods: { Echo: method([z.unknown()], (_hub, value) => value) },
    onDisconnected: (_hub, reason) => reasons.put(reason.name),
  });
}

/** The header of a frame that announces this length. */
function announces(length: bigint): Buffer {
  const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(length, 2);
  return head;
}

type Attack = (client: RawClient) => void;

describe('a client that breaks the WebSocket protocol is closed for it, and its neighbour notices nothing', () => {
  test.each<[string, number, string, Attack]>([
    [
      'a frame without a mask',
      1002,
      'protocol-error',
      (c) => c.frame(Opcode.text, `{"type":6}${END}`, { masked: false }),
    ],
    [
      'a reserved bit, as of compression',
      1002,
      'protocol-error',
      (c) => c.frame(Opcode.text, 'x', { reservedBits: 0x40 }),
    ],
    ['an opcode that does not exist', 1002, 'protocol-error', (c) => c.frame(3, 'x')],
    ['a continuation of nothing', 1002, 'protocol-error', (c) => c.frame(Opcode.continuation, 'x')],
    [
      'a message inside another',
      1002,
      'protocol-error',
      (c) => {
        c.frame(Opcode.text, 'x', { final: false });
        c.frame(Opcode.text, 'x');
      },
    ],
    ['a ping in fragments', 1002, 'protocol-error', (c) => c.frame(Opcode.ping, 'x', { final: false })],
    ['a ping of 126 bytes', 1002, 'protocol-error', (c) => c.frame(Opcode.ping, 'x'.repeat(126))],
    ['a close frame of 1 byte', 1002, 'protocol-error', (c) => c.frame(Opcode.close, 'x')],
    [
      'a close code that nobody may send',
      1002,
      'protocol-error',
      (c) => c.frame(Opcode.close, Buffer.from([0x03, 0xed])),
    ],
    [
      'text that is no UTF-8',
      1007,
      'protocol-error',
      (c) => c.frame(Opcode.text, Buffer.from([0x22, 0xff, 0xfe, 0x1e])),
    ],
    [
      'a close reason that is no UTF-8',
      1007,
      'protocol-error',
      (c) => c.frame(Opcode.close, Buffer.from([0x03, 0xe8, 0xff])),
    ],
    [
      'a frame of more than 4 MiB, announced',
      1009,
      'message-too-large',
      (c) => c.socket.write(announces(BigInt(4 * MEBI + 1))),
    ],
    ['a frame of 2^53 bytes, announced', 1009, 'message-too-large', (c) => c.socket.write(announces(2n ** 53n))],
    ['a frame of 2^63 bytes, announced', 1009, 'message-too-large', (c) => c.socket.write(announces(2n ** 63n))],
    [
      'five fragments of 1 MiB',
      1009,
      'message-too-large',
      (c) => {
        for (let n = 0; n < 5; n++)
          c.frame(n === 0 ? Opcode.text : Opcode.continuation, 'x'.repeat(MEBI), { final: false });
      },
    ],
    [
      '100,000 fragments of one byte',
      1008,
      'protocol-error',
      (c) => {
        c.frame(Opcode.text, 'x', { final: false });
        const fragment = clientFrame(Opcode.continuation, 'x', { final: false });
        c.socket.write(Buffer.concat(Array<Buffer>(100_000).fill(fragment)));
      },
    ],
    [
      '100,000 fragments of nothing',
      1008,
      'protocol-error',
      (c) => {
        c.frame(Opcode.text, '', { final: false });
        const fragment = clientFrame(Opcode.continuation, '', { final: false });
        c.socket.write(Buffer.concat(Array<Buffer>(100_000).fill(fragment)));
      },
    ],
  ])('%s: %i, %s', async (_what, code, reason, attack) => {
    const reasons = new Inbox<string>();
    const { port, server } = await startServer({ '/hub': hubThatTells(reasons) });
    await undisturbed(port, async () => {
      const hostile = await openRaw(port);
      attack(hostile);
      expect((await hostile.ended).code).toBe(code);
      await reasons.until(1);
      expect(reasons.all).toEqual([reason]);
    });
    await eventually(() => server.supervisor.size === 1);
  });

  test('the same before the handshake', async () => {
    const { port, server } = await startServer({ '/hub': hubThatTells() });
    await undisturbed(port, async () => {
      const hostile = await openRaw(port, { handshake: false });
      hostile.frame(Opcode.text, 'x', { masked: false });
      expect((await hostile.ended).code).toBe(1002);
    });
    await eventually(() => server.supervisor.size === 1);
  });
});

describe('a client that uses all of the WebSocket protocol goes on', () => {
  test('a record in 300 fragments, with pings between them', async () => {
    const { port } = await startServer({ '/hub': hubThatTells() });
    const odd = await openRaw(port);
    const value = 'x'.repeat(3_000);
    const record = JSON.stringify({ type: 1, invocationId: '1', target: 'Echo', arguments: [value] }) + END;
    const step = Math.ceil(record.length / 300);
    for (let at = 0; at < record.length; at += step) {
      const isLast = at + step >= record.length;
      odd.frame(at === 0 ? Opcode.text : Opcode.continuation, record.slice(at, at + step), { final: isLast });
      if (!isLast && at % (50 * step) === 0) odd.frame(Opcode.ping, `${at / step}`);
    }
    expect(await odd.records.until(1)).toEqual([{ type: 3, invocationId: '1', result: value }]);
    expect(await odd.pongs.until(6)).toEqual(['0', '50', '100', '150', '200', '250']);
  });

  test('a record byte by byte, each in a packet of its own', async () => {
    const { port } = await startServer({ '/hub': hubThatTells() });
    const odd = await openRaw(port);
    const bytes = clientFrame(
      Opcode.text,
      `${JSON.stringify({ type: 1, invocationId: '1', target: 'Echo', arguments: ['äöü'] })}${END}`,
    );
    for (const byte of bytes) await new Promise((resolve) => odd.socket.write(Buffer.of(byte), resolve));
    expect(await odd.records.until(1)).toEqual([{ type: 3, invocationId: '1', result: 'äöü' }]);
  });

  test('records cut anywhere over messages, text and binary', async () => {
    const { port } = await startServer({ '/hub': hubThatTells() });
    const odd = await openRaw(port);
    const records = [1, 2, 3]
      .map((n) => JSON.stringify({ type: 1, invocationId: `${n}`, target: 'Echo', arguments: [n] }) + END)
      .join('');
    for (let at = 0; at < records.length; at += 7) {
      odd.frame(at % 2 === 0 ? Opcode.text : Opcode.binary, records.slice(at, at + 7));
    }
    expect((await odd.records.until(3)).map(({ result }) => result)).toEqual([1, 2, 3]);
  });

  test('4 MiB of records in one message', async () => {
    const { port } = await startServer({ '/hub': hubThatTells() });
    await undisturbed(port, async () => {
      const odd = await openRaw(port);
      const value = 'x'.repeat(30_000);
      const records = Array.from({ length: 139 }, (_, n) => ({
        type: 1,
        invocationId: `${n}`,
        target: 'Echo',
        arguments: [value],
      }));
      odd.send(...records);
      const answers = await odd.records.until(139);
      expect(answers.map(({ invocationId }) => invocationId)).toEqual(records.map(({ invocationId }) => invocationId));
    });
  });

  test('an empty message, and pongs that nobody asked for', async () => {
    const { port } = await startServer({ '/hub': hubThatTells() });
    const odd = await openRaw(port);
    odd.frame(Opcode.text, '');
    odd.frame(Opcode.pong, 'unasked');
    expect(await odd.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});
