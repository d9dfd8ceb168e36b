import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Ledger, LedgerFigures } from '../../src/routing/ledger.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import { opinions, ScriptedModerator } from './moderation.ts';
import { inEveryHistory, play } from './play.ts';
import type { World } from './world.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

/** The figures agree with each other, and with what really waits and was really written. */
function balance(ledger: Ledger, really: Partial<LedgerFigures>): void {
  const figures = ledger.figures();
  const { accepted, delivered, dropped, queued, droppedBy } = figures;
  expect(delivered + dropped + queued).toBe(accepted);
  expect(Object.values(droppedBy).reduce((sum, count) => sum + count, 0)).toBe(dropped);
  expect(figures).toMatchObject(really);
}

/** Each lane has delivered what the transport was given, and queued what waits. */
function lanesBalance({ members }: World): void {
  for (const { peer } of members) {
    const { connection, transport, returns } = peer;
    if (connection.session === undefined) continue;
    const queued = connection.lane.lag.messages;
    // What is sent again is delivered once.
    balance(connection.lane.ledger, returns > 0 ? { queued } : { delivered: transport.written, queued });
  }
}

describe('accepted = delivered + dropped + queued', () => {
  property('in every lane, after every command', [fc.scheduler(), everything], 200, async (scheduler, commands) => {
    const world = await play(scheduler, commands, { invariant: lanesBalance });
    await world.finish();
  });

  inEveryHistory('in all lanes that have ended, together', everything, 150, async (world) => {
    await world.finish();
    const sums = { accepted: 0, delivered: 0, dropped: 0, queued: 0 };
    for (const { connection } of world.members.map(({ peer }) => peer)) {
      if (connection.session === undefined) continue;
      const { accepted, delivered, dropped, queued } = connection.lane.ledger;
      sums.accepted += accepted;
      sums.delivered += delivered;
      sums.dropped += dropped;
      sums.queued += queued;
    }
    balance(world.server.host.endedLanes, sums);
    expect(sums.queued).toBe(0);
  });

  property(
    'in both outboxes, whatever their moderators say',
    [fc.scheduler(), everything, opinions, opinions],
    200,
    async (scheduler, commands, ofBroadcasts, ofWhispers) => {
      const moderators = {
        broadcast: new ScriptedModerator(scheduler, ofBroadcasts),
        whisper: new ScriptedModerator(scheduler, ofWhispers),
      };
      const world = await play(scheduler, commands, {
        broadcast: { moderators: [moderators.broadcast.moderate] },
        whisper: { moderators: [moderators.whisper.moderate] },
        invariant: ({ server: { host } }) => {
          for (const outbox of [host.broadcast, host.whisper]) balance(outbox.ledger, { queued: outbox.depth });
        },
      });
      await world.finish();
      await turnOfTheLoop();
      for (const name of ['broadcast', 'whisper'] as const) {
        const accepted = world.sent.filter(({ outbox }) => outbox === name).length;
        const dropped = moderators[name].refused.length;
        balance(world.server.host[name].ledger, { accepted, dropped, delivered: accepted - dropped, queued: 0 });
      }
    },
  );
});
