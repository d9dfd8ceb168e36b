import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Replay } from '../../src/routing/replay.ts';
import { property } from '../support/property.ts';

const step = fc.oneof(
  fc.record({ send: fc.nat(200), isWritten: fc.boolean() }),
  fc.record({ ping: fc.constant(true) }),
  fc.record({ acknowledge: fc.integer({ min: -2, max: 40 }) }),
  fc.record({ attach: fc.constant(true) }),
);

const ping = EncodedMessage.reply({ type: 6 }, jsonCodec);

describe('what a client has not acknowledged', () => {
  property(
    'is kept, and nothing else, in its order and with its number',
    [fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 500 })],
    400,
    (steps, limit) => {
      const replay = new Replay(jsonCodec, limit);
      let kept: { number: number; message: EncodedMessage; bytes: number; isWritten: boolean }[] = [];
      let numbered = 0;
      for (const one of steps) {
        if ('send' in one) {
          const message = EncodedMessage.reply({ type: 3, invocationId: 'i', result: 'x'.repeat(one.send) }, jsonCodec);
          // As a lane does: without a transport nothing is written, and then nothing that follows is.
          const isWritten = one.isWritten && kept.every((before) => before.isWritten);
          numbered += 1;
          kept.push({ number: numbered, message, bytes: message.bytes(jsonCodec).length, isWritten });
          replay.add(message, isWritten);
        } else if ('ping' in one) {
          replay.add(ping, true);
        } else if ('acknowledge' in one) {
          const left = kept.filter(({ number, isWritten }) => number > one.acknowledge || !isWritten);
          expect(replay.acknowledge(one.acknowledge)).toBe(left.length < kept.length);
          kept = left;
        } else {
          replay.written();
          kept = kept.map((message) => ({ ...message, isWritten: true }));
        }
        const bytes = kept.reduce((sum, message) => sum + message.bytes, 0);
        expect(replay.messages()).toEqual(kept.map(({ message }) => message));
        expect(replay).toMatchObject({
          length: kept.length,
          bytes,
          firstNumber: kept[0]?.number ?? numbered + 1,
          isFull: bytes > limit,
          room: limit + 1 - bytes,
          unwritten: kept.filter(({ isWritten }) => !isWritten).length,
          unwrittenBytes: kept.reduce((sum, message) => sum + (message.isWritten ? 0 : message.bytes), 0),
        });
      }
    },
  );
});
