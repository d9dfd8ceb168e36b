import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { ReplayBuffer } from '../../src/routing/stateful-reconnect/replay-buffer.ts';
import { property } from '../support/property.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ send: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ ping: fc.constant(true) }) },
  { weight: 3, arbitrary: fc.record({ acknowledge: fc.integer({ min: -2, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ letGo: fc.integer({ min: -10, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ comeBack: fc.array(fc.nat(500), { maxLength: 5 }) }) },
);

const ping = EncodedMessage.reply({ type: 6 }, jsonCodec);
const answer = (length: number) =>
  EncodedMessage.reply({ type: 3, invocationId: 'i', result: 'x'.repeat(length) }, jsonCodec);

interface Kept {
  readonly number: number;
  readonly message: EncodedMessage;
  readonly bytes: number;
}
const sum = (kept: readonly Kept[]) => kept.reduce((bytes, one) => bytes + one.bytes, 0);

/** Weight of a message in addition to its bytes. */
const BESIDE = 256;

describe('what a client has not acknowledged', () => {
  property(
    'is kept as far as its bound goes, the newest of it, in its order and with its number; and it knows when that is all',
    [fc.array(step, { maxLength: 80, size: 'max' }), fc.integer({ min: 1, max: 2_000 })],
    {
      runs: 600,
      sometimes: [
        'messages are sent again',
        'the oldest are discarded',
        'messages are acknowledged',
        'what is missing cannot be sent again',
        'some are let go',
      ],
    },
    (steps, limit, reached) => {
      const replay = new ReplayBuffer(jsonCodec, limit);
      let kept: Kept[] = [];
      let sent = 0;
      /** Number of messages that the client has counted at least. */
      let counted = 0;
      let repeated = 0;
      let gone = 0;
      const drop = () => {
        gone = (kept.shift() as Kept).number;
      };
      for (const one of steps) {
        if ('send' in one) {
          const message = answer(one.send);
          sent += 1;
          kept.push({ number: sent, message, bytes: message.bytes(jsonCodec).length });
          reached('the oldest are discarded', sum(kept) > limit);
          while (sum(kept) > limit) drop();
          replay.add(message);
        } else if ('ping' in one) replay.add(ping);
        else if ('acknowledge' in one) {
          if (one.acknowledge > repeated) counted = Math.max(counted, Math.min(one.acknowledge, sent));
          reached('messages are acknowledged', kept.length > 0 && (kept[0] as Kept).number <= counted);
          kept = kept.filter(({ number }) => number > counted);
          replay.acknowledge(one.acknowledge);
        } else if ('letGo' in one) {
          const most = sum(kept) + BESIDE * kept.length - one.letGo;
          reached('some are let go', kept.length > 0 && one.letGo > 0);
          while (kept.length > 0 && sum(kept) + BESIDE * kept.length > most) drop();
          replay.trim(one.letGo);
        } else {
          reached('what is missing cannot be sent again', !replay.isComplete);
          if (!replay.isComplete) return;
          reached('messages are sent again', kept.length > 1);
          replay.startResend();
          counted = sent - kept.length;
          repeated = sent;
          expect(replay).toMatchObject({ toResend: kept.length, bytesToResend: sum(kept) });
          const again: EncodedMessage[] = [];
          for (const bytes of one.comeBack) {
            replay.acknowledge(kept.length > again.length ? sent + 1 : 0);
            again.push(...replay.takeToResend(bytes + 1));
          }
          again.push(...replay.takeToResend(Number.POSITIVE_INFINITY));
          expect(again).toEqual(kept.map(({ message }) => message));
        }
        expect(replay).toMatchObject({
          length: kept.length,
          bytes: sum(kept),
          weight: sum(kept) + BESIDE * kept.length,
          firstNumber: kept[0]?.number ?? sent + 1,
          isComplete: gone <= counted,
          toResend: 0,
          bytesToResend: 0,
        });
      }
    },
  );

  test('is no more than 16,384 messages, however short they are', () => {
    const replay = new ReplayBuffer(jsonCodec, 1_000_000_000);
    const message = answer(0);
    for (let n = 0; n < 20_000; n++) replay.add(message);
    expect(replay).toMatchObject({ length: 16_384, firstNumber: 20_000 - 16_384 + 1, isComplete: false });
  });

  test('is not let go in front of what the present transport has not had', () => {
    const replay = new ReplayBuffer(jsonCodec, 1_000_000);
    for (let n = 0; n < 10; n++) replay.add(answer(10));
    replay.startResend();
    replay.takeToResend(1);
    replay.trim(100_000);
    expect(replay).toMatchObject({ length: 9, firstNumber: 2, toResend: 9, isComplete: false });
  });

  test('is kept after a return until something new is acknowledged: the client may have counted less than it says', () => {
    const replay = new ReplayBuffer(jsonCodec, 1_000_000);
    for (let n = 0; n < 3; n++) replay.add(answer(10));
    replay.startResend();
    replay.takeToResend(1_000);
    replay.acknowledge(3);
    expect(replay).toMatchObject({ length: 3, firstNumber: 1, isComplete: true });
    replay.add(answer(10));
    replay.acknowledge(4);
    expect(replay).toMatchObject({ length: 0, firstNumber: 5, isComplete: true });
  });
});
