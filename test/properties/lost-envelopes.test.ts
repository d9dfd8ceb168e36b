import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { LossyNetwork, type Receiver } from './lost-envelopes.ts';

const RECEIVERS = 2;
const channel = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const rarely = fc.integer({ min: 0, max: 3 }).map((one) => one === 0);
const losses = fc.array(rarely, { minLength: RECEIVERS, maxLength: RECEIVERS });
const receiver = fc.nat(RECEIVERS - 1);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('send' as const), channel, losses, isTwice: rarely }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('beacon' as const),
      lost: fc.array(fc.array(rarely, { minLength: 2, maxLength: 2 }), { minLength: RECEIVERS, maxLength: RECEIVERS }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('deliver' as const), receiver, count: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('tick' as const), receiver }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('answer' as const), receiver }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('reply' as const), receiver, isLost: rarely }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('want' as const), receiver, channel }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('unwant' as const), receiver, channel }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cut' as const), receiver }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('reopen' as const), receiver }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('left' as const), receiver }) },
);
const NONE = [[false], [false]];
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take(network: LossyNetwork, step: Step): void {
  if (step.does === 'send') network.send(step.channel, step.losses, step.isTwice);
  else if (step.does === 'beacon') network.beacon(step.lost);
  else does(network, step);
}

function does(network: LossyNetwork, step: Exclude<Step, { readonly does: 'send' | 'beacon' }>): void {
  const receiver = network.receivers[step.receiver];
  if (step.does === 'deliver') receiver?.deliver(step.count);
  else if (step.does === 'reply') receiver?.reply(step.isLost);
  else if (step.does === 'want') receiver?.want(step.channel);
  else if (step.does === 'unwant') receiver?.unwant(step.channel);
  else receiver?.[step.does]();
}

/** One beacon that everybody hears. */
function round(network: LossyNetwork): void {
  network.beacon(NONE);
  for (const receiver of network.receivers) receiver.deliver();
}

/** From now on nothing is lost. */
function recover(network: LossyNetwork): void {
  for (const receiver of network.receivers) receiver.reopen();
  round(network);
  for (const receiver of network.receivers) {
    // An answer may belong to a question that was asked before the last beacons were missing.
    for (let again = 0; again < 2; again++) {
      receiver.tick();
      receiver.answer();
      receiver.reply(false);
      receiver.deliver();
    }
  }
  round(network);
  round(network);
}

describe('what is missing of the messages of another node', () => {
  property(
    'is reported, and nothing else is',
    [fc.array(step, { maxLength: 60, size: 'max' })],
    {
      runs: 3_000,
      sometimes: ['a gap is reported', 'beacons are missing', 'a gap is reported, and no beacon is missing'],
    },
    (steps, reached) => {
      const network = new LossyNetwork(RECEIVERS, 1_000);
      for (const one of steps) take(network, one);
      recover(network);
      for (const { silent, groundless, mistaken, reported, hasMissed } of network.receivers) {
        expect(silent).toEqual([]);
        expect(mistaken).toEqual([]);
        // As long as beacons are missing, nobody knows what was sent before a subscription.
        expect(groundless.filter(({ isUncertain }) => !isUncertain)).toEqual([]);
        reached('a gap is reported', reported > 0);
        reached('beacons are missing', hasMissed);
        reached('a gap is reported, and no beacon is missing', reported > 0 && !hasMissed);
      }
    },
  );

  property(
    'is reported by a sender that has forgotten channels before their time, too',
    [fc.array(step, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 4 })],
    { runs: 2_000, sometimes: ['a gap is reported'] },
    (steps, maximum, reached) => {
      const network = new LossyNetwork(RECEIVERS, maximum);
      for (const one of steps) take(network, one);
      recover(network);
      for (const { silent, mistaken, reported } of network.receivers) {
        expect(silent).toEqual([]);
        expect(mistaken).toEqual([]);
        reached('a gap is reported', reported > 0);
      }
    },
  );

  property(
    'is reported with the second beacon at the latest, as long as no beacon is missing',
    [fc.array(step, { maxLength: 60, size: 'max' })],
    { runs: 1_000, sometimes: ['a gap is reported'] },
    (steps, reached) => {
      const network = new LossyNetwork(RECEIVERS, 1_000);
      for (const one of steps) {
        if (one.does === 'beacon') network.beacon(NONE);
        else if (one.does !== 'cut' && one.does !== 'left') take(network, one);
      }
      for (const receiver of network.receivers) receiver.deliver();
      round(network);
      round(network);
      for (const { silent, groundless, hasMissed, reported } of network.receivers) {
        expect(silent).toEqual([]);
        expect(groundless).toEqual([]);
        expect(hasMissed).toBe(false);
        reached('a gap is reported', reported > 0);
      }
    },
  );

  property(
    'is not what is late by less than the time between two beacons',
    [
      fc.array(
        fc.oneof(
          { weight: 4, arbitrary: fc.record({ channel, isLost: rarely }) },
          { weight: 2, arbitrary: fc.constant('beacon' as const) },
          {
            weight: 4,
            arbitrary: fc.tuple(fc.constantFrom('ctl', 'a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 3 })),
          },
        ),
        { maxLength: 60, size: 'max' },
      ),
    ],
    { runs: 1_000, sometimes: ['a gap is reported', 'a beacon overtakes a message'] },
    (steps, reached) => {
      const network = new LossyNetwork(1, 1_000);
      const [receiver] = network.receivers as [Receiver];
      for (const one of ['a', 'b', 'c', 'd', 'e']) receiver.want(one);
      network.beacon(NONE);
      receiver.deliver();
      const beacons = [0];
      for (const one of steps) {
        if (Array.isArray(one)) receiver.deliverOn(...one);
        else if (one !== 'beacon') network.send(one.channel, [one.isLost]);
        else {
          receiver.deliverBefore(beacons.at(-1) as number);
          beacons.push(network.sent.latest + 1);
          network.beacon(NONE);
        }
        const [first, ...later] = receiver.coming;
        const isData = first?.is === 'envelope' && first.channel !== 'ctl';
        reached('a beacon overtakes a message', isData && later.length === 0 && beacons.length > 1);
      }
      receiver.deliver();
      round(network);
      round(network);
      expect(receiver.silent).toEqual([]);
      expect(receiver.groundless).toEqual([]);
      expect(receiver.mistaken).toEqual([]);
      reached('a gap is reported', receiver.reported > 0);
    },
  );
});
