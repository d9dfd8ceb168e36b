import fc from 'fast-check';
import { expect } from 'vitest';
import { MAILBOX_ROOM } from '../../src/actors/mailbox.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { ResumableLane } from '../../src/routing/resumable-lane.ts';
import { property } from '../support/property.ts';
import { ENDS, history, NOISY, PEACEFUL, SLOW, STREAMING } from './commands.ts';
import { play } from './play.ts';
import type { World } from './world.ts';

const slowConsumer = {
  policy: 'disconnect',
  highWaterBytes: 256,
  limitBytes: 2_000,
  limitMessages: 8,
  stallMs: 4_000,
} as const;
/** The longest message, and the header of its frame: a limit is looked at before a message, not within it. */
const ONE_MORE = 300;
const REPLAY_BYTES = 500;
/** Shorter messages are not sent. */
const SHORTEST = 20;

/** Nothing of any connection has grown past its limit. */
function isBounded({ members }: World): void {
  for (const { peer } of members) {
    const { conversation, lane } = peer.connection;
    if (conversation === undefined) continue;
    expect(conversation.mailbox.length).toBeLessThanOrEqual(MAILBOX_ROOM);
    // Before its turn to write a lane may have collected more, and it takes a Close record in any case.
    if (!lane.isCongested || !lane.isOpen) continue;
    const { messages, bytes } = lane.lag;
    if (lane instanceof ResumableLane) {
      const numbered = REPLAY_BYTES + ONE_MORE;
      expect(lane.keptBytes).toBeLessThanOrEqual(slowConsumer.limitBytes + ONE_MORE + numbered);
      expect(messages).toBeLessThanOrEqual(slowConsumer.limitMessages + 1 + numbered / SHORTEST);
      continue;
    }
    expect(messages).toBeLessThanOrEqual(slowConsumer.limitMessages);
    expect(bytes).toBeLessThanOrEqual(slowConsumer.limitBytes + ONE_MORE);
  }
}

property(
  'no mailbox and no lane grows past its limit, whatever happens',
  [
    fc.scheduler(),
    history(PEACEFUL, NOISY, NOISY, NOISY, STREAMING, SLOW, SLOW, ENDS),
    fc.constantFrom(...SLOW_CONSUMER_POLICIES),
    // Many short messages meet one limit, few long ones the other.
    fc.constantFrom(0, 150),
  ],
  150,
  async (scheduler, commands, policy, ballast) => {
    const world = await play(scheduler, commands, {
      hubOptions: { slowConsumer: { ...slowConsumer, policy }, statefulReconnectBufferBytes: REPLAY_BYTES },
      ballast,
      invariant: isBounded,
    });
    await world.finish();
  },
);
