import fc from 'fast-check';
import { expect } from 'vitest';
import type { ResolvedSlowConsumer } from '../../src/hub/hub-options.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { property } from '../support/property.ts';
import { LaneModel } from './lane-model.ts';
import { LaneRig } from './lane-rig.ts';

/** What may happen to a lane. */
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
  600,
  async (limit, steps) => {
    const rig = new LaneRig(limit);
    const model = new LaneModel(limit);
    for (const one of [{ does: 'stall' } as const, ...steps, { does: 'turn' } as const]) {
      act(rig, model, one);
      if (one.does !== 'send' && one.does !== 'answer') await rig.turn();
      model.written(rig.lane.ledger.delivered);
      if (one.does !== 'send' && one.does !== 'answer') model.turned(stateOf(rig));
      expect(rig.written).toEqual(model.delivered);
      expect(rig.lane.ledger.figures()).toEqual(model.figures());
      expect(rig.lane.isOpen).toBe(!model.isLagging);
    }
    await rig.flow();
    model.turned(stateOf(rig));
    model.written(rig.lane.ledger.delivered);
    expect(model.figures().queued).toBe(0);
    expect(rig.written).toEqual(model.delivered);
    expect(rig.disconnects).toHaveLength(model.isLagging ? 1 : 0);
  },
);

function stateOf({ lane, transport }: LaneRig) {
  return { isHeld: lane.isCongested, buffered: transport.buffered };
}

function act(rig: LaneRig, model: LaneModel, step: Step): void {
  const { transport } = rig;
  switch (step.does) {
    case 'send': {
      const { ballast: bytes, does, sender, ...options } = step;
      const state = stateOf(rig);
      const from = sender === undefined ? {} : { sender };
      model.send(rig.send(model.next, bytes, options, sender), { ...options, ...from, droppable: true }, state);
      return;
    }
    case 'answer': {
      const state = stateOf(rig);
      model.send(rig.answer(model.next, step.ballast), { droppable: false }, state);
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
