import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import { EncodedMessage, SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { property } from '../support/property.ts';
import { LaneHarness } from './lane-harness.ts';

/** Any message in the socket is above the mark, so that the next one waits. There is no grace time. */
const LIMITS: ResolvedSlowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 10,
  limitBytes: 1_000_000,
  limitMessages: 1_000,
  graceMs: 0,
  stallMs: 10_000,
};
const limitMessages = fc.integer({ min: 1, max: 20 });
const count = fc.integer({ min: 0, max: 60 });
const policy = fc.constantFrom(...SLOW_CONSUMER_POLICIES);
const numbers = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);

/** Message 0 is in the socket of a client that has stopped reading; 1 to `many` follow. */
async function stalled(limits: Partial<ResolvedSlowConsumer>, many: number): Promise<LaneHarness> {
  const harness = new LaneHarness({ ...LIMITS, ...limits });
  await harness.stallAt(0);
  for (const number of numbers(1, many)) harness.send(number);
  return harness;
}

describe('a client that reads too slowly', () => {
  property(
    'with dropOldest keeps the newest',
    [limitMessages, count],
    { runs: 200, sometimes: ['too many', 'few enough'] },
    async (limit, many, reached) => {
      reached(many > limit ? 'too many' : 'few enough');
      const harness = await stalled({ policy: 'dropOldest', limitMessages: limit }, many);
      expect(harness.lane.lag.messages).toBe(Math.min(many, limit));
      await harness.flow();
      expect(harness.written).toEqual([0, ...numbers(Math.max(1, many - limit + 1), many)]);
      expect(harness.lane.ledger.figures().droppedBy).toEqual(many > limit ? { policy: many - limit } : {});
    },
  );

  property(
    'with dropNewest keeps the oldest',
    [limitMessages, count],
    { runs: 200, sometimes: ['too many', 'few enough'] },
    async (limit, many, reached) => {
      reached(many > limit ? 'too many' : 'few enough');
      const harness = await stalled({ policy: 'dropNewest', limitMessages: limit }, many);
      await harness.flow();
      expect(harness.written).toEqual(numbers(0, Math.min(many, limit)));
      expect(harness.lane.ledger.figures().droppedBy).toEqual(many > limit ? { policy: many - limit } : {});
    },
  );

  property(
    'with disconnect is told to go at the first message too many, once',
    [limitMessages, count],
    { runs: 200, sometimes: ['too many', 'few enough'] },
    async (limit, many, reached) => {
      reached(many > limit ? 'too many' : 'few enough');
      const harness = await stalled({ limitMessages: limit }, many);
      expect(harness.lane.isOpen).toBe(many <= limit);
      await harness.flow();
      expect(harness.disconnects).toHaveLength(many > limit ? 1 : 0);
      expect(harness.written).toEqual(many > limit ? [0] : numbers(0, many));
      // What comes when it has to go already is nobody's: it was never accepted.
      expect(harness.lane.ledger.figures().droppedBy).toEqual(many > limit ? { 'slow-consumer': limit + 1 } : {});
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
    { runs: 200, sometimes: ['the flood loses messages', 'nothing is lost'] },
    async (senders, reached) => {
      const limit = 40;
      // Four modest senders have less than a fifth each, so that the flood has more than any of them whenever there is
      // no room.
      const spoken = new Map<string | undefined, number>();
      const modest = senders.filter((sender) => {
        spoken.set(sender, (spoken.get(sender) ?? 0) + 1);
        return sender === 'flood' || (spoken.get(sender) as number) < limit / 5;
      });
      const harness = new LaneHarness({ ...LIMITS, policy: 'dropGreediest', limitMessages: limit });
      await harness.stallAt(0);
      for (const [at, sender] of modest.entries()) harness.send(100 + at, 0, {}, sender);
      await harness.flow();
      const of = (isMeant: (sender: string | undefined) => boolean, among = modest) =>
        among.flatMap((sender, at) => (isMeant(sender) ? [100 + at] : []));
      const floods = of((sender) => sender === 'flood');
      const kept = harness.written.filter((number) => floods.includes(number));
      expect(harness.written.filter((number) => number > 0 && !floods.includes(number))).toEqual(
        of((sender) => sender !== 'flood'),
      );
      expect(kept).toEqual(floods.slice(0, kept.length));
      const dropped = Math.max(0, modest.length - limit);
      reached(dropped > 0 ? 'the flood loses messages' : 'nothing is lost');
      expect(harness.lane.ledger.figures().droppedBy).toEqual(dropped > 0 ? { policy: dropped } : {});
    },
  );

  property(
    'with dropOldest and a limit of bytes keeps as many of the newest as fit',
    [
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 30, size: 'max' }),
      fc.integer({ min: 100, max: 2_000 }),
    ],
    { runs: 200, sometimes: ['some do not fit', 'all fit'] },
    async (ballasts, limitBytes, reached) => {
      const harness = new LaneHarness({ ...LIMITS, policy: 'dropOldest', limitBytes });
      await harness.stallAt(0);
      const { buffered } = harness.transport;
      const sizes = ballasts.map((ballast, at) => harness.send(at + 1, ballast));
      let fits = 0;
      for (let sum = buffered; fits < sizes.length; fits++) {
        sum += sizes.at(-1 - fits) as number;
        if (sum > limitBytes) break;
      }
      reached(fits < sizes.length ? 'some do not fit' : 'all fit');
      await harness.flow();
      // One message of any size may always wait.
      expect(harness.written.slice(1)).toEqual(numbers(sizes.length - Math.max(1, fits) + 1, sizes.length));
    },
  );

  property(
    'loses no answer to its calls: where only they are left, it is told to go',
    [policy, limitMessages, fc.array(fc.boolean(), { maxLength: 60, size: 'max' })],
    { runs: 300, sometimes: ['answers arrive while others are lost', 'it is told to go because of answers'] },
    async (chosen, limit, answers, reached) => {
      const harness = new LaneHarness({ ...LIMITS, policy: chosen, limitMessages: limit });
      await harness.stallAt(0);
      for (const [at, isAnswer] of answers.entries()) {
        if (isAnswer) harness.answer(at + 1);
        else harness.send(at + 1);
      }
      const owed = numbers(1, answers.length).filter((number) => answers[number - 1]);
      const isOpen = harness.lane.isOpen;
      reached('answers arrive while others are lost', isOpen && owed.length > 0 && answers.length > limit);
      reached('it is told to go because of answers', !isOpen && chosen !== 'disconnect');
      await harness.flow();
      if (isOpen) expect(harness.written.filter((number) => owed.includes(number))).toEqual(owed);
      else if (chosen !== 'disconnect') expect(owed.length).toBeGreaterThanOrEqual(limit);
    },
  );

  property(
    'gets of the messages with one key only the newest, in its own place',
    [fc.array(fc.constantFrom('a', 'b', undefined), { maxLength: 40, size: 'max' })],
    { runs: 200, sometimes: ['one is replaced'] },
    async (keys, reached) => {
      const harness = new LaneHarness(LIMITS);
      await harness.stallAt(0);
      for (const [at, conflate] of keys.entries()) harness.send(at + 1, 0, conflate === undefined ? {} : { conflate });
      const kept = keys.map((key, at) => (key === undefined || keys.lastIndexOf(key) === at ? at + 1 : 0));
      await harness.flow();
      reached('one is replaced', kept.includes(0));
      expect(harness.written).toEqual([0, ...kept.filter((number) => number > 0)]);
    },
  );

  property(
    'does not lose what was already written, whatever has the same key',
    [policy, fc.integer({ min: 1, max: 20 })],
    50,
    async (chosen, many) => {
      const harness = new LaneHarness({ ...LIMITS, policy: chosen });
      for (const number of numbers(1, many)) {
        harness.send(number, 0, { conflate: 'same' });
        await harness.turn();
      }
      expect(harness.written).toEqual(numbers(1, many));
    },
  );
});

describe('a client that keeps up', () => {
  property(
    'gets everything, up to sixteen times its limits in one turn, whatever the policy',
    [policy, fc.integer({ min: 1, max: 200 }), fc.nat(100), fc.nat(100)],
    20,
    async (chosen, limit, percent, ballast) => {
      const harness = new LaneHarness({ ...LIMITS, policy: chosen, limitMessages: limit });
      const many = Math.floor((16 * limit * percent) / 100);
      for (const number of numbers(1, many)) harness.send(number, ballast, { conflate: 'same' });
      await harness.turn();
      expect(harness.written).toEqual(numbers(1, many));
      expect(harness.congestion).toEqual([]);
    },
  );
});

describe('a burst that does not fit', () => {
  const graceMs = 1_000;
  /** Alarms are exact to a tenth of a second. */
  const LATE = graceMs + 200;
  const withGrace = (limits: Partial<ResolvedSlowConsumer>) => new LaneHarness({ ...LIMITS, graceMs, ...limits });
  const burst = (harness: LaneHarness, from: number, to: number) =>
    numbers(from, to).map((number) => harness.send(number));

  property(
    'may wait as a whole while the client has time, and is judged by what is left of it then',
    [policy, limitMessages, fc.integer({ min: 1, max: 16 }), fc.boolean()],
    { runs: 200, sometimes: ['too much is left', 'no more is left than may wait'] },
    async (chosen, limit, times, inOneTurn, reached) => {
      const harness = withGrace({ policy: chosen, limitMessages: limit });
      const many = limit * times;
      await harness.stallAt(0);
      for (const number of numbers(1, many)) {
        harness.send(number);
        if (!inOneTurn) await harness.turn();
      }
      harness.clock.increment(graceMs - 100);
      expect(harness.lane.lag.messages).toBe(many);
      harness.clock.increment(LATE);
      await harness.turn();
      const isOver = many > limit;
      reached(isOver ? 'too much is left' : 'no more is left than may wait');
      expect(harness.lane.isOpen).toBe(!isOver || chosen !== 'disconnect');
      await harness.flow();
      const all = numbers(1, many);
      const kept = { disconnect: [], dropOldest: all.slice(-limit), dropNewest: all.slice(0, limit) };
      // There is one sender, so that it is always the greediest.
      const expected = isOver ? { ...kept, dropGreediest: kept.dropNewest }[chosen] : all;
      expect(harness.written).toEqual([0, ...expected]);
    },
  );

  property(
    'ends nobody who takes it in time, and costs nothing of it',
    [policy, limitMessages, fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: graceMs - 100 })],
    200,
    async (chosen, limit, times, ms) => {
      const harness = withGrace({ policy: chosen, limitMessages: limit });
      await harness.stallAt(0);
      burst(harness, 1, limit * times);
      await harness.turn();
      harness.clock.increment(ms);
      await harness.flow();
      harness.clock.increment(10 * graceMs);
      await harness.turn();
      expect(harness.written).toEqual(numbers(0, limit * times));
      expect(harness.disconnects).toEqual([]);
      expect(harness.wheel.armed).toBe(0);
    },
  );

  property(
    'is too much for sixteen times a limit, at once: of messages or of bytes, before the first turn to write or behind it',
    [fc.integer({ min: 1, max: 20 }), fc.boolean(), fc.boolean()],
    200,
    async (limit, isStalled, byBytes) => {
      const bytes = new LaneHarness(LIMITS).send(100);
      const harness = withGrace(byBytes ? { limitBytes: limit * bytes } : { limitMessages: limit });
      if (isStalled) await harness.stallAt(100);
      // The content of a stalled client's socket counts, too: one message and the header of its frame.
      const most = 16 * limit - (isStalled && byBytes ? 2 : 0);
      for (let n = 0; n < most; n++) harness.send(101 + n);
      expect(harness.lane.isOpen).toBe(true);
      harness.send(101 + most);
      expect(harness.lane.isOpen).toBe(false);
    },
  );

  property(
    'finds no time left when the socket has taken nothing for as long already',
    [limitMessages],
    50,
    async (limit) => {
      const harness = withGrace({ limitMessages: limit });
      await harness.stallAt(0);
      harness.clock.increment(graceMs);
      burst(harness, 1, limit);
      expect(harness.lane.isOpen).toBe(true);
      harness.send(limit + 1);
      expect(harness.lane.isOpen).toBe(false);
    },
  );

  property('has time when the socket has taken something meanwhile', [limitMessages], 50, async (limit) => {
    const harness = withGrace({ limitMessages: limit });
    await harness.stallAt(0);
    harness.clock.increment(graceMs / 2);
    harness.transport.take(1);
    harness.clock.increment(graceMs / 2);
    burst(harness, 1, limit + 1);
    await harness.turn();
    expect(harness.lane.isOpen).toBe(true);
  });

  test('gives no more time by what comes meanwhile', async () => {
    const harness = withGrace({ limitMessages: 5 });
    await harness.stallAt(0);
    burst(harness, 1, 20);
    for (let ms = 0; ms < LATE; ms += 100) {
      harness.transport.take(1);
      harness.clock.increment(100);
      burst(harness, 21, 21);
    }
    expect(harness.lane.isOpen).toBe(false);
  });

  test('gives no other time to who had it, before all is written', async () => {
    const harness = withGrace({ policy: 'dropOldest', limitMessages: 5 });
    await harness.stallAt(0);
    burst(harness, 1, 20);
    harness.clock.increment(LATE);
    expect(harness.lane.lag.messages).toBe(5);
    burst(harness, 21, 40);
    expect(harness.lane.lag.messages).toBe(5);
    harness.transport.take(harness.transport.buffered);
    await harness.turn();
    expect(harness.lane.lag.messages).toBe(4);
    burst(harness, 41, 49);
    expect(harness.lane.lag.messages).toBe(5);
    await harness.flow();
    harness.transport.stall();
    harness.send(50);
    await harness.turn();
    burst(harness, 51, 70);
    expect(harness.lane.lag.messages).toBe(20);
  });

  test('is not judged behind the last message of its lane: all is written that the client takes', async () => {
    const harness = withGrace({ limitMessages: 5 });
    await harness.stallAt(0);
    burst(harness, 1, 20);
    const ended = harness.lane.close(EncodedMessage.reply({ type: 3, invocationId: '21', result: '' }, jsonCodec));
    harness.clock.increment(LATE);
    await harness.flow();
    await ended;
    expect(harness.written).toEqual(numbers(0, 21));
    expect(harness.disconnects).toEqual([]);
  });

  test('costs one alarm, however many messages it has', async () => {
    const harness = withGrace({ limitMessages: 100 });
    await harness.stallAt(0);
    const before = harness.wheel.armed;
    burst(harness, 1, 1_000);
    expect(harness.wheel.armed).toBe(before + 1);
  });

  test('is told to its client as what it was', async () => {
    const harness = withGrace({ limitMessages: 5 });
    await harness.stallAt(0);
    burst(harness, 1, 20);
    harness.clock.increment(LATE);
    await harness.turn();
    expect(harness.disconnects).toEqual([
      expect.stringMatching(
        /^The client lets 20 messages and \d+ bytes wait \(slowConsumer\.limitMessages is 5, limitBytes 1000000; more for at most 1000 ms, slowConsumer\.graceMs, and never 16 times as much\)\.$/,
      ),
    ]);
  });
});
