import fc from 'fast-check';
import { expect } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/slow-consumer-options.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { property } from '../support/property.ts';
import { LaneHarness } from './lane-harness.ts';
import { LaneModel } from './lane-model.ts';

/** Events of a lane. */
type Step =
  | {
      readonly does: 'send';
      readonly ballast: number;
      readonly conflate?: string;
      readonly policy?: Policy;
      readonly sender?: string;
    }
  | { readonly does: 'answer'; readonly ballast: number }
  | { readonly does: 'take'; readonly bytes: number }
  | { readonly does: 'stall' | 'flow' | 'turn' };
type Policy = ResolvedSlowConsumer['policy'];

const policy = fc.constantFrom<Policy>(...SLOW_CONSUMER_POLICIES);
const ballast = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 400 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        does: fc.constant('send' as const),
        ballast,
        conflate: fc.constantFrom('a', 'b'),
        policy: fc.constantFrom<Policy>('dropOldest', 'dropNewest', 'dropGreediest'),
        sender: fc.constantFrom('ann', 'bob', 'cat'),
      },
      { requiredKeys: ['does', 'ballast'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('answer' as const), ballast }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 600 }) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('stall' as const, 'flow' as const, 'turn' as const) }) },
);
const limits: fc.Arbitrary<ResolvedSlowConsumer> = fc.record({
  policy,
  highWaterBytes: fc.integer({ min: 1, max: 300 }),
  limitBytes: fc.integer({ min: 100, max: 2_000 }),
  limitMessages: fc.integer({ min: 1, max: 12 }),
  graceMs: fc.constant(0),
  stallMs: fc.constant(10_000),
});

property(
  'a lane does with every message exactly what its limits and policies say',
  [limits, fc.array(step, { maxLength: 60, size: 'max' })],
  {
    runs: 600,
    sometimes: [
      'messages are written',
      'the policy drops messages',
      'a key replaces messages',
      'the client is told to go',
      'messages wait',
    ],
  },
  async (limit, steps, reached) => {
    const harness = new LaneHarness(limit);
    const model = new LaneModel(limit);
    for (const one of [{ does: 'stall' } as const, ...steps, { does: 'turn' } as const]) {
      act(harness, model, one);
      if (one.does !== 'send' && one.does !== 'answer') await harness.turn();
      model.written(harness.lane.ledger.delivered);
      if (one.does !== 'send' && one.does !== 'answer') model.turned(stateOf(harness));
      expect(harness.written).toEqual(model.delivered);
      expect(harness.lane.ledger.figures()).toEqual(model.figures());
      expect(harness.lane.isOpen).toBe(!model.isLagging);
      const { delivered, droppedBy, queued } = model.figures();
      reached('messages are written', delivered > 0);
      reached('messages wait', queued > 0);
      reached('the policy drops messages', (droppedBy.policy ?? 0) > 0);
      reached('a key replaces messages', (droppedBy.conflated ?? 0) > 0);
      reached('the client is told to go', model.isLagging);
    }
    await harness.flow();
    model.turned(stateOf(harness));
    model.written(harness.lane.ledger.delivered);
    expect(model.figures().queued).toBe(0);
    expect(harness.written).toEqual(model.delivered);
    expect(harness.disconnects).toHaveLength(model.isLagging ? 1 : 0);
  },
);

function stateOf({ lane, transport }: LaneHarness) {
  return { isHeld: lane.isCongested, buffered: transport.buffered };
}

function act(harness: LaneHarness, model: LaneModel, step: Step): void {
  const { transport } = harness;
  switch (step.does) {
    case 'send': {
      const { ballast: bytes, does, sender, ...options } = step;
      const state = stateOf(harness);
      const from = sender === undefined ? {} : { sender };
      model.send(harness.send(model.next, bytes, options, sender), { ...options, ...from, droppable: true }, state);
      return;
    }
    case 'answer': {
      const state = stateOf(harness);
      model.send(harness.answer(model.next, step.ballast), { droppable: false }, state);
      return;
    }
    case 'take':
      transport.take(step.bytes);
      return;
    case 'stall':
      transport.stall();
      return;
    case 'flow':
      transport.flow();
      return;
    case 'turn':
      return;
  }
}
