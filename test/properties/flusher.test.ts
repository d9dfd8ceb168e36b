import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Run } from '../../src/routing/run.ts';
import { webSocketFraming } from '../../src/transports/websocket-framing.ts';
import { property } from '../support/property.ts';
import { FlusherHarness, TURN_MS } from './flusher-harness.ts';
import { LaneHarness } from './lane-harness.ts';

const LIMITS: ResolvedSlowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 1_000,
  limitBytes: 1_000_000,
  limitMessages: 1_000,
  graceMs: 0,
  stallMs: 10_000,
};
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('writing', () => {
  property(
    'is nothing that a message causes: it is appended, however many there are, and written at the end of the turn',
    [fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 2_000 })],
    30,
    async (count, ballast) => {
      const harness = new LaneHarness(LIMITS);
      for (const number of numbers(count)) harness.send(number, ballast);
      expect(harness.written).toEqual([]);
      await harness.turn();
      expect(harness.written).toEqual(numbers(count));
      // No write is much longer than the high-water mark.
      for (const { length } of harness.transport.frames)
        expect(length).toBeLessThan(LIMITS.highWaterBytes + ballast + 60);
    },
  );

  property(
    'takes 10 ms of a turn and one write more, and goes on in the next with the lane that stood next',
    [fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 4 })],
    { runs: 50, sometimes: ['more than one turn', 'one turn'], examples: [[1, 2, 2]] },
    async (count, writeMs, slices, reached) => {
      const harness = new FlusherHarness(count, LIMITS, writeMs);
      // Each message is a slice of its own.
      for (const number of numbers(slices)) harness.broadcast(number, undefined, LIMITS.highWaterBytes);
      const took = await harness.finish();
      reached(took.length > 1 ? 'more than one turn' : 'one turn');
      for (const ms of took) expect(ms).toBeLessThan(TURN_MS + writeMs);
      for (const ms of took.slice(0, -1)) expect(ms).toBeGreaterThanOrEqual(TURN_MS);
      // A lane that has more to write has its next turn after all other lanes.
      expect(harness.writes).toEqual(numbers(slices).flatMap(() => numbers(count)));
    },
  );

  test('lets a lane have its turn that has little to say before one that has asked again', async () => {
    const harness = new FlusherHarness(2, LIMITS, TURN_MS);
    for (const number of numbers(50)) harness.broadcast(number, [0], LIMITS.highWaterBytes);
    await harness.turn();
    harness.broadcast(50, [1]);
    await harness.turn();
    await harness.turn();
    expect(harness.lanes[1]?.written).toEqual([50]);
    expect(harness.lanes[0]?.written).toEqual([0, 1]);
  });
});

describe('lanes that are written in different turns', () => {
  property(
    'get the same bytes: each slice is made once for those who are behind, and once for those who are not',
    [fc.integer({ min: 2, max: 30 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 400, 1_000)],
    { runs: 60, sometimes: ['some are behind', 'nobody is behind'], examples: [[20, 2, 0]] },
    async (count, turns, ballast, reached) => {
      const harness = new FlusherHarness(count, LIMITS, 4);
      for (const number of [0, 1, 2]) harness.broadcast(number, undefined, ballast);
      for (const _ of numbers(turns)) await harness.turn();
      for (const number of [3, 4]) harness.broadcast(number, undefined, ballast);
      await harness.finish();
      const made = new Map<string, Set<Buffer>>();
      for (const { transport, written } of harness.lanes) {
        expect(written).toEqual(numbers(5));
        for (const frame of transport.frames) {
          const same = made.get(frame.toString('latin1')) ?? new Set();
          made.set(frame.toString('latin1'), same.add(frame));
        }
      }
      const ways = new Set(harness.lanes.map(({ transport }) => transport.frames.join()));
      reached(ways.size > 1 ? 'some are behind' : 'nobody is behind');
      for (const same of made.values()) expect(same.size).toBeLessThanOrEqual(turns === 0 ? 1 : 2);
    },
  );

  test('share a frame no longer than somebody stands at its end', () => {
    const message = (n: number) =>
      EncodedMessage.broadcast({ type: 1, target: 'Heard', arguments: [n] }, [jsonCodec], {});
    const run = Run.root().with(message(1));
    const frame = run.frame(webSocketFraming(jsonCodec), jsonCodec);
    expect(run.frame(webSocketFraming(jsonCodec), jsonCodec)).toBe(frame);
    run.with(message(2));
    const again = run.frame(webSocketFraming(jsonCodec), jsonCodec);
    expect(again).toEqual(frame);
    expect(again).not.toBe(frame);
  });
});

describe('a lane that has not had its turn', () => {
  const strict: ResolvedSlowConsumer = { ...LIMITS, limitBytes: 4_000, limitMessages: 4, stallMs: 100 };

  property(
    'is not judged by its limits, however late its turn comes, nor is its client congested',
    [fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 300 })],
    { runs: 50, sometimes: ['more waits than its limits allow'] },
    async (count, many, ballast, reached) => {
      const harness = new FlusherHarness(count, strict, TURN_MS);
      reached('more waits than its limits allow', many > 2 * strict.limitMessages);
      for (const number of numbers(many)) {
        harness.broadcast(number, undefined, ballast);
        if (number % 5 === 0) await harness.turn();
      }
      await harness.finish();
      for (const { written, disconnects, congestion } of harness.lanes) {
        expect({ written, disconnects, congestion }).toEqual({
          written: numbers(many),
          disconnects: [],
          congestion: [],
        });
      }
    },
  );

  test('is not stalled either: it is the server that does not write', async () => {
    const harness = new FlusherHarness(2, { ...strict, limitMessages: 10 }, TURN_MS);
    const [other, slow] = harness.lanes as [LaneHarness, LaneHarness];
    slow.transport.stall();
    harness.broadcast(0, [1], LIMITS.highWaterBytes);
    await harness.turn();
    harness.broadcast(1, [1]);
    for (const number of numbers(50)) harness.broadcast(number, [0], LIMITS.highWaterBytes);
    await harness.turn();
    slow.transport.flow();
    // Before its turn has come.
    for (const _ of numbers(20)) {
      await slow.turn();
      slow.clock.increment(strict.stallMs);
    }
    expect(slow.disconnects).toEqual([]);
    await harness.finish();
    expect(slow.written).toEqual([0, 1]);
    expect(other.written).toEqual(numbers(50));
  });

  test('uses up none of the time of its client', async () => {
    const graceMs = 100;
    const harness = new FlusherHarness(2, { ...LIMITS, limitMessages: 10, graceMs }, TURN_MS);
    const [other, slow] = harness.lanes as [LaneHarness, LaneHarness];
    slow.transport.stall();
    harness.broadcast(0, [1], LIMITS.highWaterBytes);
    await harness.turn();
    for (const number of numbers(20)) harness.broadcast(number + 1, [1]);
    for (const number of numbers(50)) harness.broadcast(number, [0], LIMITS.highWaterBytes);
    await harness.turn();
    expect(slow.lane.isOverfull).toBe(true);
    slow.transport.flow();
    // Before its turn has come.
    for (const _ of numbers(5)) {
      await slow.turn();
      slow.clock.increment(2 * graceMs);
    }
    expect(slow.disconnects).toEqual([]);
    await harness.finish();
    expect(slow.written).toEqual(numbers(21));
    expect(other.written).toEqual(numbers(50));
  });

  property(
    'is judged when it has had it and its socket is above the mark: what waits is within the limits from then on',
    [fc.integer({ min: 1, max: 60 }), fc.constantFrom('dropOldest' as const, 'dropNewest' as const)],
    {
      runs: 50,
      sometimes: ['more waits than may', 'no more waits than may'],
      examples: [
        [6, 'dropOldest'],
        [7, 'dropOldest'],
        [7, 'dropNewest'],
      ],
    },
    async (many, policy, reached) => {
      const harness = new LaneHarness({ ...LIMITS, highWaterBytes: 100, limitMessages: 5, policy });
      harness.transport.stall();
      for (const number of numbers(many)) harness.send(number, 100);
      expect(harness.lane.lag.messages).toBe(many);
      reached(many > 6 ? 'more waits than may' : 'no more waits than may');
      await harness.turn();
      expect(harness.lane.lag.messages).toBe(Math.min(many - 1, 5));
      await harness.flow();
      const kept = policy === 'dropNewest' ? numbers(6) : [0, ...numbers(many).slice(-5)];
      expect(harness.written).toEqual([...new Set(kept.filter((number) => number < many))]);
    },
  );

  test.each([
    ['messages', 20_000, 0],
    ['bytes', 30, 1_000_000],
  ])('collects no more %s than sixteen times the limit', async (_, many, ballast) => {
    const harness = new LaneHarness({ ...LIMITS, highWaterBytes: 65_536, policy: 'dropNewest' });
    for (const number of numbers(many)) {
      harness.send(number, ballast);
      expect(harness.lane.lag.messages).toBeLessThanOrEqual(16 * LIMITS.limitMessages);
      expect(harness.lane.lag.bytes).toBeLessThanOrEqual(16 * LIMITS.limitBytes);
    }
    expect(harness.lane.ledger.figures().droppedBy.policy).toBeGreaterThan(0);
    await harness.turn();
    expect(harness.lane.lag.messages).toBe(0);
  });

  test('collects as much when its client was behind before', async () => {
    const harness = new LaneHarness({ ...LIMITS, limitMessages: 5, policy: 'dropNewest' });
    harness.transport.stall();
    harness.send(0, LIMITS.highWaterBytes);
    await harness.turn();
    await harness.flow();
    expect(harness.congestion).toEqual(['congested', 'relieved']);
    for (const number of numbers(100)) harness.send(number + 1);
    expect(harness.lane.lag.messages).toBe(16 * 5);
    await harness.turn();
    expect(harness.written).toEqual(numbers(1 + 16 * 5));
  });

  test('collects one message of any size, and with disconnect its client goes when that was not all', async () => {
    const harness = new LaneHarness(LIMITS);
    harness.send(0, 20_000_000);
    expect(harness.lane.isOpen).toBe(true);
    for (const number of numbers(20)) harness.send(number + 1, 1_000_000);
    await harness.turn();
    expect(harness.disconnects).toHaveLength(1);
  });
});
