import { fc, test } from '@fast-check/vitest';
import { decode } from '@msgpack/msgpack';
import { describe, expect } from 'vitest';
import { bare } from '../../bench/load/bare.ts';
import { watchFor } from '../../bench/load/client.ts';
import type { Dialect } from '../../bench/load/dialect.ts';
import { envelopes } from '../../bench/load/envelopes.ts';
import { clientFrame, FrameReader } from '../../bench/load/frames.ts';
import { Latencies } from '../../bench/load/latencies.ts';
import { messagePack } from '../../bench/load/messagepack.ts';
import { signalR } from '../../bench/load/signalr.ts';
import { socketIo } from '../../bench/load/socket-io.ts';
import { payloadOf, StampedFrame, stampAt } from '../../bench/load/stamps.ts';

// The generator has its own WebSocket client, without checks, so the correctness of its figures depends on these tests.

interface Frame {
  readonly payload: Buffer;
  readonly opcode: number;
  /** Number of fragments. */
  readonly pieces: number;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(125, 126).map((length) => Buffer.alloc(length, length)),
  ),
  opcode: fc.constantFrom(1, 2, 8, 9),
  pieces: fc.constantFrom(1, 1, 1, 2, 3),
});

/** Bytes of a frame from a server. */
function serverFrame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return Buffer.concat([Buffer.from([first, ...header]), payload]);
}

function framesOf({ payload, opcode, pieces }: Frame): Buffer {
  const size = Math.ceil(payload.length / pieces);
  const parts = Array.from({ length: pieces }, (_, at) => payload.subarray(at * size, (at + 1) * size));
  return Buffer.concat(
    parts.map((part, at) => serverFrame((at === pieces - 1 ? 0x80 : 0) | (at === 0 ? opcode : 0), part)),
  );
}

describe('the frame reader', () => {
  test.prop([fc.array(frame, { maxLength: 8 }), fc.array(fc.nat({ max: 400 }), { maxLength: 20 })])(
    'sees the same messages however they were cut',
    (frames, cuts) => {
      const seen: { payload: string; opcode: number }[] = [];
      const reader = new FrameReader((bytes, start, end, opcode) =>
        seen.push({ payload: bytes.toString('hex', start, end), opcode }),
      );
      let rest = Buffer.concat(frames.map(framesOf));
      // Reads into one buffer repeatedly, as sockets do.
      const shared = Buffer.alloc(rest.length);
      for (const cut of [...cuts, rest.length]) {
        const length = rest.copy(shared, 0, 0, cut);
        reader.read(shared.subarray(0, length));
        shared.fill(0);
        rest = rest.subarray(length);
      }
      expect(seen).toEqual(frames.map(({ payload, opcode }) => ({ payload: payload.toString('hex'), opcode })));
    },
  );
});

test('what a client of SignalR sends so that it stays connected is a ping, which is 6', () => {
  expect(signalR.ping).toBe('{"type":6}\x1e');
  const [length, ...bytes] = Buffer.from(messagePack.ping ?? '', 'latin1');
  expect(bytes).toHaveLength(length as number);
  expect(decode(Uint8Array.from(bytes))).toEqual([6]);
});

test('the frame reader knows all lengths of a frame', () => {
  for (const length of [125, 126, 65_535, 65_536]) {
    const seen: number[] = [];
    const reader = new FrameReader((_bytes, start, end) => seen.push(end - start));
    reader.read(serverFrame(0x82, Buffer.alloc(length)));
    expect(seen).toEqual([length]);
  }
});

/** A client's frame, as a server reads it. */
function unmasked(bytes: Buffer): Buffer {
  const short = (bytes[1] as number) & 0x7f;
  const at = short < 126 ? 2 : 4;
  const key = bytes.subarray(at, at + 4);
  return Buffer.from(bytes.subarray(at + 4).map((byte, index) => byte ^ (key[index & 3] as number)));
}

const DIALECTS: Readonly<Record<string, Dialect>> = { signalR, messagePack, socketIo, bare, envelopes };
/** Those whose frames have one message each: the message ends with its frame. */
const ONE_EACH: readonly Dialect[] = [socketIo, bare, envelopes];

describe.each(Object.entries(DIALECTS))('a message in %s', (_name, dialect) => {
  test.prop([fc.nat({ max: 9_999_999_999 }), fc.integer({ min: 11, max: 4_096 }), fc.integer({ min: 1, max: 3 })])(
    'carries its time, and nothing else changes',
    (time, bytes, times) => {
      const message = Buffer.from(dialect.broadcast(payloadOf(bytes)), 'latin1');
      const sent = new StampedFrame(dialect, message.toString('latin1')).bytes(time, times);
      const one = sent.subarray(0, sent.length / times);
      const payload = unmasked(one);
      const { mark } = watchFor(message.toString('latin1'), () => {});
      expect(stampAt(payload, mark)).toBe(time);
      payload.fill('0', mark + 1, mark + 11);
      expect(payload.equals(message)).toBe(true);
      for (let copy = 1; copy < times; copy++)
        expect(sent.subarray(copy * one.length, (copy + 1) * one.length).equals(one)).toBe(true);
    },
  );

  test.prop([fc.array(fc.integer({ min: 11, max: 300 }), { minLength: 1, maxLength: 5 })])(
    'ends where the next one begins',
    (sizes) => {
      const messages = sizes.map((size) => dialect.delivery(payloadOf(size)));
      const inFrame = ONE_EACH.includes(dialect) ? messages.slice(0, 1) : messages;
      const bytes = Buffer.from(inFrame.join(''), 'latin1');
      const found: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = dialect.endOf(bytes, at, bytes.length);
        found.push(bytes.toString('latin1', at, end));
        at = end;
      }
      expect(found).toEqual(inFrame);
    },
  );
});

test('MessagePack is what the hub protocol says', () => {
  const bytes = Buffer.from(messagePack.echo(10, 'hello'), 'latin1');
  expect(bytes[0]).toBe(bytes.length - 1);
  expect(decode(bytes.subarray(1))).toEqual([1, {}, '10', 'Echo', ['hello'], []]);
});

test('a client frame is masked, whatever its length', () => {
  for (const length of [0, 125, 126, 4_096]) {
    const payload = Buffer.alloc(length, 7);
    expect(unmasked(clientFrame(payload, 1))).toEqual(payload);
  }
});

describe('latencies', () => {
  test.prop([fc.array(fc.nat({ max: 60_000_000 }), { minLength: 1, maxLength: 300 })])(
    'are right to 1.6 percent, and the greatest exactly',
    (values) => {
      const latencies = new Latencies();
      for (const value of values) latencies.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      const exact = (part: number): number => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] as number;
      const { p50Us, p99Us, maxUs } = latencies.figures();
      expect(maxUs).toBe(sorted.at(-1));
      for (const [found, expected] of [
        [p50Us, exact(0.5)],
        [p99Us, exact(0.99)],
      ] as const) {
        expect(found).toBeGreaterThanOrEqual(expected);
        expect(found).toBeLessThanOrEqual(expected * 1.016 + 1);
      }
    },
  );
});
