import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { property } from '../support/property.ts';
import { LaneRig } from './lane-rig.ts';

/** Any message that stands in the socket is above the mark, so that the next one waits. */
const LIMITS: ResolvedSlowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 10,
  limitBytes: 1_000_000,
  limitMessages: 1_000,
  stallMs: 10_000,
};
const limitMessages = fc.integer({ min: 1, max: 20 });
const count = fc.integer({ min: 0, max: 60 });
const policy = fc.constantFrom(...SLOW_CONSUMER_POLICIES);
const numbers = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);

/** Message 0 stands in the socket of a client that reads no more; 1 to `many` follow. */
async function stalled(limits: Partial<ResolvedSlowConsumer>, many: number): Promise<LaneRig> {
  const rig = new LaneRig({ ...LIMITS, ...limits });
  await rig.stallAt(0);
  for (const number of numbers(1, many)) rig.send(number);
  return rig;
}

describe('a client that reads too slowly', () => {
  property('with dropOldest keeps the newest', [limitMessages, count], 200, async (limit, many) => {
    const rig = await stalled({ policy: 'dropOldest', limitMessages: limit }, many);
    expect(rig.lane.lag.messages).toBe(Math.min(many, limit));
    await rig.flow();
    expect(rig.written).toEqual([0, ...numbers(Math.max(1, many - limit + 1), many)]);
    expect(rig.lane.ledger.figures().droppedBy).toEqual(many > limit ? { policy: many - limit } : {});
  });

  property('with dropNewest keeps the oldest', [limitMessages, count], 200, async (limit, many) => {
    const rig = await stalled({ policy: 'dropNewest', limitMessages: limit }, many);
    await rig.flow();
    expect(rig.written).toEqual(numbers(0, Math.min(many, limit)));
    expect(rig.lane.ledger.figures().droppedBy).toEqual(many > limit ? { policy: many - limit } : {});
  });

  property(
    'with disconnect is told to go at the first message too many, once',
    [limitMessages, count],
    200,
    async (limit, many) => {
      const rig = await stalled({ limitMessages: limit }, many);
      expect(rig.lane.isOpen).toBe(many <= limit);
      await rig.flow();
      expect(rig.lagged).toHaveLength(many > limit ? 1 : 0);
      expect(rig.written).toEqual(many > limit ? [0] : numbers(0, many));
      // What comes when it has to go already is nobody's: it was never accepted.
      expect(rig.lane.ledger.figures().droppedBy).toEqual(many > limit ? { 'slow-consumer': limit + 1 } : {});
    },
  );

  property(
    'with dropGreediest keeps all that modest senders say, and of a flood what came first',
    [
      fc.array(fc.constantFrom('flood', 'flood', 'flood', 'ann', 'bob', 'cat', undefined), {
        maxLength: 200,
        size: 'max',
      }),
    ],
    200,
    async (senders) => {
      const limit = 40;
      // Four modest senders have fewer than a fifth each, so that the flood has more than any of them whenever there is no room.
      const spoken = new Map<string | undefined, number>();
      const modest = senders.filter((sender) => {
        spoken.set(sender, (spoken.get(sender) ?? 0) + 1);
        return sender === 'flood' || (spoken.get(sender) as number) < limit / 5;
      });
      const rig = new LaneRig({ ...LIMITS, policy: 'dropGreediest', limitMessages: limit });
      await rig.stallAt(0);
      for (const [at, sender] of modest.entries()) rig.send(100 + at, 0, {}, sender);
      await rig.flow();
      const of = (isMeant: (sender: string | undefined) => boolean, among = modest) =>
        among.flatMap((sender, at) => (isMeant(sender) ? [100 + at] : []));
      const floods = of((sender) => sender === 'flood');
      const kept = rig.written.filter((number) => floods.includes(number));
      expect(rig.written.filter((number) => number > 0 && !floods.includes(number))).toEqual(
        of((sender) => sender !== 'flood'),
      );
      expect(kept).toEqual(floods.slice(0, kept.length));
      const dropped = Math.max(0, modest.length - limit);
      expect(rig.lane.ledger.figures().droppedBy).toEqual(dropped > 0 ? { policy: dropped } : {});
    },
  );

  property(
    'with dropOldest and a limit of bytes keeps as many of the newest as fit',
    [fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 30 }), fc.integer({ min: 100, max: 2_000 })],
    200,
    async (ballasts, limitBytes) => {
      const rig = new LaneRig({ ...LIMITS, policy: 'dropOldest', limitBytes });
      await rig.stallAt(0);
      const { buffered } = rig.transport;
      const sizes = ballasts.map((ballast, at) => rig.send(at + 1, ballast));
      let fits = 0;
      for (let sum = buffered; fits < sizes.length; fits++) {
        sum += sizes.at(-1 - fits) as number;
        if (sum > limitBytes) break;
      }
      await rig.flow();
      // One message of any size may always wait.
      expect(rig.written.slice(1)).toEqual(numbers(sizes.length - Math.max(1, fits) + 1, sizes.length));
    },
  );

  property(
    'loses no answer to its calls: where only they are left, it is told to go',
    [policy, limitMessages, fc.array(fc.boolean(), { maxLength: 60 })],
    300,
    async (chosen, limit, answers) => {
      const rig = new LaneRig({ ...LIMITS, policy: chosen, limitMessages: limit });
      await rig.stallAt(0);
      for (const [at, isAnswer] of answers.entries()) {
        if (isAnswer) rig.answer(at + 1);
        else rig.send(at + 1);
      }
      const owed = numbers(1, answers.length).filter((number) => answers[number - 1]);
      const isOpen = rig.lane.isOpen;
      await rig.flow();
      if (isOpen) expect(rig.written.filter((number) => owed.includes(number))).toEqual(owed);
      else if (chosen !== 'disconnect') expect(owed.length).toBeGreaterThanOrEqual(limit);
    },
  );

  property(
    'gets of the messages with one key only the newest, in its own place',
    [fc.array(fc.constantFrom('a', 'b', undefined), { maxLength: 40 })],
    200,
    async (keys) => {
      const rig = new LaneRig(LIMITS);
      await rig.stallAt(0);
      for (const [at, conflate] of keys.entries()) rig.send(at + 1, 0, conflate === undefined ? {} : { conflate });
      const kept = keys.map((key, at) => (key === undefined || keys.lastIndexOf(key) === at ? at + 1 : 0));
      await rig.flow();
      expect(rig.written).toEqual([0, ...kept.filter((number) => number > 0)]);
    },
  );

  property(
    'does not lose what was already written, whatever has the same key',
    [policy, fc.integer({ min: 1, max: 20 })],
    50,
    async (chosen, many) => {
      const rig = new LaneRig({ ...LIMITS, policy: chosen });
      for (const number of numbers(1, many)) {
        rig.send(number, 0, { conflate: 'same' });
        await rig.turn();
      }
      expect(rig.written).toEqual(numbers(1, many));
    },
  );
});

describe('a client that keeps up', () => {
  property(
    'gets everything, however much it is in one turn, whatever the policy',
    [policy, limitMessages, fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 100 })],
    20,
    async (chosen, limit, many, ballast) => {
      const rig = new LaneRig({ ...LIMITS, policy: chosen, limitMessages: limit, limitBytes: 500 });
      for (const number of numbers(1, many)) rig.send(number, ballast, { conflate: 'same' });
      await rig.turn();
      expect(rig.written).toEqual(numbers(1, many));
      expect(rig.congestion).toEqual([]);
    },
  );
});
