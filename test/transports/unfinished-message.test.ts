import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { unfinishedBytes, unfinishedPart } from '../../src/transports/unfinished-message.ts';
import { property } from '../support/property.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';

/** Method of ws that takes the socket of an upgrade; its type declarations lack it. */
interface Opened {
  setSocket(socket: PassThrough, head: Buffer, options: object): void;
}

/** A WebSocket of ws on the server's side, made as by ws's own server. */
function opened(): { readonly webSocket: WebSocket; readonly take: (chunk: Buffer) => void } {
  const webSocket = new WebSocket(null as never, undefined as never, { autoPong: false });
  const socket = new PassThrough();
  (webSocket as unknown as { _isServer: boolean })._isServer = true;
  (webSocket as unknown as Opened).setSocket(socket, Buffer.alloc(0), { allowSynchronousEvents: true, maxPayload: 0 });
  return { webSocket, take: (chunk) => socket.emit('data', chunk) };
}

const payload = fc.integer({ min: 0, max: 300 }).map((length) => 'x'.repeat(length));
const control = fc
  .constantFrom(Opcode.ping, Opcode.pong)
  .map((opcode) => ({ bytes: clientFrame(opcode, 'now'), opcode }));

/** Frames of one message, with pings and pongs between them. */
const message = fc
  .tuple(fc.constantFrom(Opcode.text, Opcode.binary), fc.array(payload, { minLength: 1, maxLength: 4 }), control)
  .chain(([opcode, parts, between]) =>
    fc.array(fc.boolean(), { minLength: parts.length, maxLength: parts.length }).map((interrupted) =>
      parts.flatMap((part, at) => {
        const final = at === parts.length - 1;
        const frame = clientFrame(at === 0 ? opcode : Opcode.continuation, part, { final });
        const data = { bytes: frame, leaves: final ? ('nothing' as const) : ('message' as const) };
        const leaves = at === 0 ? ('nothing' as const) : ('message' as const);
        return interrupted[at] ? [{ bytes: between.bytes, leaves }, data] : [data];
      }),
    ),
  );

describe('what ws has of a message that is not finished', () => {
  property(
    'is nothing behind a whole message, and otherwise a part of it, wherever its bytes are cut',
    [fc.array(message, { minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 })],
    { runs: 150, sometimes: ['nothing', 'message', 'frame'] },
    (messages, cuts, reached) => {
      const frames = messages.flat();
      const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
      const { webSocket, take } = opened();
      for (let at = 0, cut = 0; at < bytes.length; cut++) {
        const end = Math.min(bytes.length, at + (cuts[cut % cuts.length] as number));
        take(bytes.subarray(at, end));
        at = end;
        const part = expected(frames, at);
        reached(part);
        expect(unfinishedPart(webSocket)).toBe(part);
      }
    },
  );

  test.each([
    ['the first byte of a frame', Buffer.of(0x81), 'frame'],
    ['its head', clientFrame(Opcode.text, 'hello').subarray(0, 2), 'frame'],
    ['a length of two bytes', clientFrame(Opcode.text, 'x'.repeat(300)).subarray(0, 3), 'frame'],
    ['a length of eight bytes', clientFrame(Opcode.text, 'x'.repeat(70_000)).subarray(0, 5), 'frame'],
    ['its mask', clientFrame(Opcode.text, 'hello').subarray(0, 4), 'frame'],
    ['no byte of its payload', clientFrame(Opcode.text, 'hello').subarray(0, 6), 'frame'],
    ['a part of its payload', clientFrame(Opcode.text, 'hello').subarray(0, 8), 'frame'],
    ['a part of a ping', clientFrame(Opcode.ping, 'hello').subarray(0, 8), 'frame'],
    ['an empty first fragment', clientFrame(Opcode.text, '', { final: false }), 'message'],
    ['a whole ping', clientFrame(Opcode.ping, 'hello'), 'nothing'],
    ['an empty message', clientFrame(Opcode.text, ''), 'nothing'],
    ['nothing yet', Buffer.alloc(0), 'nothing'],
  ] as const)('when that is %s', (_what, bytes, part) => {
    const { webSocket, take } = opened();
    take(bytes);
    expect(unfinishedPart(webSocket)).toBe(part);
  });

  test('is as long as the bytes of it that ws keeps: of a frame, and of whole fragments before it', () => {
    const { webSocket, take } = opened();
    take(clientFrame(Opcode.binary, 'x'.repeat(70_000), { final: false }));
    expect(unfinishedBytes(webSocket)).toBe(70_000);
    take(clientFrame(Opcode.continuation, 'x'.repeat(5_000), { final: false }));
    take(clientFrame(Opcode.ping, 'now'));
    expect(unfinishedBytes(webSocket)).toBe(75_000);
    const last = clientFrame(Opcode.continuation, 'x'.repeat(1_000));
    take(last.subarray(0, 508));
    expect(unfinishedBytes(webSocket)).toBe(75_500);
    take(last.subarray(508));
    expect(unfinishedBytes(webSocket)).toBe(0);
  });
});

/** Unfinished part after a number of bytes. */
function expected(
  frames: readonly { readonly bytes: Buffer; readonly leaves: 'nothing' | 'message' }[],
  taken: number,
) {
  let leaves: 'nothing' | 'message' = 'nothing';
  let start = 0;
  for (const frame of frames) {
    const end = start + frame.bytes.length;
    // The header of a first fragment shows that it is one.
    const isInside = taken < end;
    if (isInside && taken === start) return leaves;
    if (isInside)
      return leaves === 'message' || (frame.leaves === 'message' && taken - start >= 2) ? 'message' : 'frame';
    leaves = frame.leaves;
    start = end;
  }
  return leaves;
}
