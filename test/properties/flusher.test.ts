import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { Run } from '../../src/routing/run.ts';
import { WEBSOCKET_FRAMING } from '../../src/transports/websocket-framing.ts';
import { property } from '../support/property.ts';
import { FlusherRig, TURN_MS } from './flusher-rig.ts';
import { LaneRig } from './lane-rig.ts';

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
      const rig = new LaneRig(LIMITS);
      for (const number of numbers(count)) rig.send(number, ballast);
      expect(rig.written).toEqual([]);
      await rig.turn();
      expect(rig.written).toEqual(numbers(count));
      // No write is much longer than the mark.
      for (const { length } of rig.transport.frames) expect(length).toBeLessThan(LIMITS.highWaterBytes + ballast + 60);
    },
  );

  property(
    'takes 10 ms of a turn and one write more, and goes on in the next with the lane that stood next',
    [fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 4 })],
    50,
    async (count, writeMs, slices) => {
      const rig = new FlusherRig(count, LIMITS, writeMs);
      // Each message is a slice of its own.
      for (const number of numbers(slices)) rig.broadcast(number, undefined, LIMITS.highWaterBytes);
      const took = await rig.finish();
      for (const ms of took) expect(ms).toBeLessThan(TURN_MS + writeMs);
      for (const ms of took.slice(0, -1)) expect(ms).toBeGreaterThanOrEqual(TURN_MS);
      // Who has more to write has its next turn behind all others.
      expect(rig.writes).toEqual(numbers(slices).flatMap(() => numbers(count)));
    },
  );

  test('lets a lane have its turn that has little to say before one that has asked again', async () => {
    const rig = new FlusherRig(2, LIMITS, TURN_MS);
    for (const number of numbers(50)) rig.broadcast(number, [0], LIMITS.highWaterBytes);
    await rig.turn();
    rig.broadcast(50, [1]);
    await rig.turn();
    await rig.turn();
    expect(rig.lanes[1]?.written).toEqual([50]);
    expect(rig.lanes[0]?.written).toEqual([0, 1]);
  });
});

describe('lanes that are written in different turns', () => {
  property(
    'get the same bytes: each slice is made once for those who are behind, and once for those who are not',
    [fc.integer({ min: 2, max: 30 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 400, 1_000)],
    60,
    async (count, turns, ballast) => {
      const rig = new FlusherRig(count, LIMITS, 4);
      for (const number of [0, 1, 2]) rig.broadcast(number, undefined, ballast);
      for (const _ of numbers(turns)) await rig.turn();
      for (const number of [3, 4]) rig.broadcast(number, undefined, ballast);
      await rig.finish();
      const made = new Map<string, Set<Buffer>>();
      for (const { transport, written } of rig.lanes) {
        expect(written).toEqual(numbers(5));
        for (const frame of transport.frames) {
          const same = made.get(frame.toString('latin1')) ?? new Set();
          made.set(frame.toString('latin1'), same.add(frame));
        }
      }
      for (const same of made.values()) expect(same.size).toBeLessThanOrEqual(turns === 0 ? 1 : 2);
    },
  );

  test('share a frame no longer than somebody stands at its end', () => {
    const message = (n: number) =>
      EncodedMessage.broadcast({ type: 1, target: 'Heard', arguments: [n] }, [jsonCodec], {});
    const run = Run.root().with(message(1));
    const frame = run.frame(WEBSOCKET_FRAMING.Text, jsonCodec);
    expect(run.frame(WEBSOCKET_FRAMING.Text, jsonCodec)).toBe(frame);
    run.with(message(2));
    const again = run.frame(WEBSOCKET_FRAMING.Text, jsonCodec);
    expect(again).toEqual(frame);
    expect(again).not.toBe(frame);
  });
});

describe('a lane that has not had its turn', () => {
  const strict: ResolvedSlowConsumer = { ...LIMITS, limitBytes: 4_000, limitMessages: 4, stallMs: 100 };

  property(
    'is not judged by its limits, however late its turn comes, nor is its client congested',
    [fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 300 })],
    50,
    async (count, many, ballast) => {
      const rig = new FlusherRig(count, strict, TURN_MS);
      for (const number of numbers(many)) {
        rig.broadcast(number, undefined, ballast);
        if (number % 5 === 0) await rig.turn();
      }
      await rig.finish();
      for (const { written, disconnects, congestion } of rig.lanes) {
        expect({ written, disconnects, congestion }).toEqual({
          written: numbers(many),
          disconnects: [],
          congestion: [],
        });
      }
    },
  );

  test('is not stalled either: it is the server that does not write', async () => {
    const rig = new FlusherRig(2, { ...strict, limitMessages: 10 }, TURN_MS);
    const [other, slow] = rig.lanes as [LaneRig, LaneRig];
    slow.transport.stall();
    rig.broadcast(0, [1], LIMITS.highWaterBytes);
    await rig.turn();
    rig.broadcast(1, [1]);
    for (const number of numbers(50)) rig.broadcast(number, [0], LIMITS.highWaterBytes);
    await rig.turn();
    slow.transport.flow();
    // Before its turn has come.
    for (const _ of numbers(20)) {
      await slow.turn();
      slow.clock.increment(strict.stallMs);
    }
    expect(slow.disconnects).toEqual([]);
    await rig.finish();
    expect(slow.written).toEqual([0, 1]);
    expect(other.written).toEqual(numbers(50));
  });

  test('uses up none of the time of its client', async () => {
    const graceMs = 100;
    const rig = new FlusherRig(2, { ...LIMITS, limitMessages: 10, graceMs }, TURN_MS);
    const [other, slow] = rig.lanes as [LaneRig, LaneRig];
    slow.transport.stall();
    rig.broadcast(0, [1], LIMITS.highWaterBytes);
    await rig.turn();
    for (const number of numbers(20)) rig.broadcast(number + 1, [1]);
    for (const number of numbers(50)) rig.broadcast(number, [0], LIMITS.highWaterBytes);
    await rig.turn();
    expect(slow.lane.isOverfull).toBe(true);
    slow.transport.flow();
    // Before its turn has come.
    for (const _ of numbers(5)) {
      await slow.turn();
      slow.clock.increment(2 * graceMs);
    }
    expect(slow.disconnects).toEqual([]);
    await rig.finish();
    expect(slow.written).toEqual(numbers(21));
    expect(other.written).toEqual(numbers(50));
  });

  property(
    'is judged when it has had it and its socket is above the mark: what waits is within the limits from then on',
    [fc.integer({ min: 1, max: 60 }), fc.constantFrom('dropOldest' as const, 'dropNewest' as const)],
    50,
    async (many, policy) => {
      const rig = new LaneRig({ ...LIMITS, highWaterBytes: 100, limitMessages: 5, policy });
      rig.transport.stall();
      for (const number of numbers(many)) rig.send(number, 100);
      expect(rig.lane.lag.messages).toBe(many);
      await rig.turn();
      expect(rig.lane.lag.messages).toBe(Math.min(many - 1, 5));
      await rig.flow();
      const kept = policy === 'dropNewest' ? numbers(6) : [0, ...numbers(many).slice(-5)];
      expect(rig.written).toEqual([...new Set(kept.filter((number) => number < many))]);
    },
  );

  test.each([
    ['messages', 20_000, 0],
    ['bytes', 30, 1_000_000],
  ])('collects no more %s than sixteen times the limit', async (_, many, ballast) => {
    const rig = new LaneRig({ ...LIMITS, highWaterBytes: 65_536, policy: 'dropNewest' });
    for (const number of numbers(many)) {
      rig.send(number, ballast);
      expect(rig.lane.lag.messages).toBeLessThanOrEqual(16 * LIMITS.limitMessages);
      expect(rig.lane.lag.bytes).toBeLessThanOrEqual(16 * LIMITS.limitBytes);
    }
    expect(rig.lane.ledger.figures().droppedBy.policy).toBeGreaterThan(0);
    await rig.turn();
    expect(rig.lane.lag.messages).toBe(0);
  });

  test('collects as much when its client was behind before', async () => {
    const rig = new LaneRig({ ...LIMITS, limitMessages: 5, policy: 'dropNewest' });
    rig.transport.stall();
    rig.send(0, LIMITS.highWaterBytes);
    await rig.turn();
    await rig.flow();
    expect(rig.congestion).toEqual(['congested', 'relieved']);
    for (const number of numbers(100)) rig.send(number + 1);
    expect(rig.lane.lag.messages).toBe(16 * 5);
    await rig.turn();
    expect(rig.written).toEqual(numbers(1 + 16 * 5));
  });

  test('collects one message of any size, and with disconnect its client goes when that was not all', async () => {
    const rig = new LaneRig(LIMITS);
    rig.send(0, 20_000_000);
    expect(rig.lane.isOpen).toBe(true);
    for (const number of numbers(20)) rig.send(number + 1, 1_000_000);
    await rig.turn();
    expect(rig.disconnects).toHaveLength(1);
  });
});
