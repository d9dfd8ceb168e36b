import fc from 'fast-check';
import { expect } from 'vitest';
import { MAILBOX_ROOM } from '../../src/connection/mailbox/mailbox.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { ResumableLane } from '../../src/routing/stateful-reconnect/resumable-lane.ts';
import type { Reached } from '../support/check-property.ts';
import { property } from '../support/property.ts';
import { ENDS, history, LOSSES, NOISY, PEACEFUL, SLOW } from './commands.ts';
import { runSimulation } from './run-simulation.ts';
import type { Simulation } from './simulation.ts';

const slowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 256,
  limitBytes: 2_000,
  limitMessages: 8,
  stallMs: 4_000,
} as const;
/** The longest message with the header of its frame: a limit is checked before a message, not within it. */
const ONE_MORE = 300;
const REPLAY_BYTES = 500;
/** Multiple of the limits that ends a connection at once, while its client still has time or is away. */
const AT_ONCE = 16;
const CASES = [
  'calls wait in a mailbox',
  'messages wait for a client that is away',
  'messages are kept for a client with stateful reconnect',
  'messages wait for a slow client',
  'as many messages wait as may',
] as const;

type Case = (typeof CASES)[number];

/** Nothing of any connection has grown past its limit. */
function isBounded({ participants }: Simulation, times: number, reached: Reached<Case>): void {
  for (const { peer } of participants) {
    const { session } = peer.connection;
    if (session === undefined) continue;
    const { lane, mailbox } = session;
    reached('calls wait in a mailbox', mailbox.length > 0);
    expect(mailbox.length).toBeLessThanOrEqual(MAILBOX_ROOM);
    // Before its turn to write a lane may have collected more, and it takes a Close record in any case.
    if (!lane.isOpen) continue;
    const isDetached = lane instanceof ResumableLane && (lane.isDetached || !lane.hasResent);
    const { messages, bytes } = lane.lag;
    reached('messages wait for a client that is away', isDetached && messages > 0);
    if (isDetached)
      expect(lane.keptBytes).toBeLessThanOrEqual(REPLAY_BYTES + ONE_MORE + slowConsumer.limitBytes * times);
    else if (lane instanceof ResumableLane) {
      reached('messages are kept for a client with stateful reconnect', lane.keptBytes > 0);
      expect(lane.keptBytes).toBeLessThanOrEqual(REPLAY_BYTES + AT_ONCE * slowConsumer.limitBytes + ONE_MORE);
    }
    if (!lane.isCongested || isDetached) continue;
    reached('messages wait for a slow client', messages > 0);
    reached('as many messages wait as may', messages === slowConsumer.limitMessages * times);
    expect(messages).toBeLessThanOrEqual(slowConsumer.limitMessages * times);
    expect(bytes).toBeLessThanOrEqual(slowConsumer.limitBytes * times + ONE_MORE);
  }
}

property(
  'no mailbox and no lane grows past its limit, whatever happens',
  [
    fc.scheduler(),
    history(
      PEACEFUL,
      ...Array<typeof NOISY>(6).fill(NOISY),
      ...Array<typeof LOSSES>(4).fill(LOSSES),
      SLOW,
      SLOW,
      SLOW,
      ENDS,
    ),
    fc.constantFrom(...SLOW_CONSUMER_POLICIES),
    // Many short messages meet one limit, few long ones the other.
    fc.constantFrom(0, 150),
    fc.constantFrom(0, 1_000),
  ],
  { runs: 150, sometimes: CASES },
  async (scheduler, commands, policy, ballast, graceMs, reached) => {
    const simulation = await runSimulation(scheduler, commands, {
      hubOptions: { slowConsumer: { ...slowConsumer, policy, graceMs }, statefulReconnectBufferBytes: REPLAY_BYTES },
      ballast,
      invariant: (simulation) => isBounded(simulation, graceMs === 0 ? 1 : AT_ONCE, reached),
    });
    await simulation.finish();
  },
);
