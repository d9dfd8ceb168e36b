import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Ledger, LedgerFigures } from '../../src/routing/ledger.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { sessionOf } from '../support/sessions.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import { inEveryHistory, runSimulation } from './run-simulation.ts';
import { ScriptedModerator, verdicts } from './scripted-moderator.ts';
import type { Simulation } from './simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

/** Checks that the figures agree with each other, with what really waits, and with what was really written. */
function balance(ledger: Ledger, really: Partial<LedgerFigures>): void {
  const figures = ledger.figures();
  const { accepted, delivered, dropped, queued, droppedBy } = figures;
  expect(delivered + dropped + queued).toBe(accepted);
  expect(Object.values(droppedBy).reduce((sum, count) => sum + count, 0)).toBe(dropped);
  expect(figures).toMatchObject(really);
}

/**
 * Checks that each lane has delivered what its transport was given, and queued what waits.
 * @param observe Gets the ledger of each lane.
 */
function lanesBalance({ participants }: Simulation, observe: (ledger: Ledger, isResent: boolean) => void): void {
  for (const { peer } of participants) {
    const { connection, transport, returns } = peer;
    if (connection.session === undefined) continue;
    const queued = sessionOf(connection).lane.lag.messages;
    // What is sent again is delivered once.
    const { ledger } = sessionOf(connection).lane;
    balance(ledger, returns > 0 ? { queued } : { delivered: transport.written, queued });
    observe(ledger, returns > 0 && ledger.delivered > 0);
  }
}

describe('accepted = delivered + dropped + queued', () => {
  property(
    'in every lane, after every command',
    [fc.scheduler(), everything],
    {
      runs: 200,
      sometimes: ['messages are delivered', 'messages wait', 'messages are dropped', 'messages are sent again'],
    },
    async (scheduler, commands, reached) => {
      const simulation = await runSimulation(scheduler, commands, {
        invariant: (simulation) =>
          lanesBalance(simulation, ({ delivered, dropped, queued }, isResent) => {
            reached('messages are delivered', delivered > 0);
            reached('messages wait', queued > 0);
            reached('messages are dropped', dropped > 0);
            reached('messages are sent again', isResent);
          }),
      });
      await simulation.finish();
    },
  );

  inEveryHistory(
    'in all lanes that have ended, together',
    everything,
    { runs: 150, sometimes: ['messages were delivered', 'messages were dropped'] },
    async (simulation, reached) => {
      await simulation.finish();
      const sums = { accepted: 0, delivered: 0, dropped: 0, queued: 0 };
      for (const { connection } of simulation.participants.map(({ peer }) => peer)) {
        if (connection.session === undefined) continue;
        const { accepted, delivered, dropped, queued } = sessionOf(connection).lane.ledger;
        sums.accepted += accepted;
        sums.delivered += delivered;
        sums.dropped += dropped;
        sums.queued += queued;
      }
      reached('messages were delivered', sums.delivered > 0);
      reached('messages were dropped', sums.dropped > 0);
      balance(simulation.server.host.endedLanes, sums);
      expect(sums.queued).toBe(0);
    },
  );

  property(
    'in both outboxes, whatever their moderators say',
    [fc.scheduler(), everything, verdicts, verdicts],
    {
      runs: 200,
      sometimes: ['broadcasts are held', 'whispers are held', 'messages are refused', 'messages are delivered'],
    },
    async (scheduler, commands, ofBroadcasts, ofWhispers, reached) => {
      const moderators = {
        broadcast: new ScriptedModerator(scheduler, ofBroadcasts),
        whisper: new ScriptedModerator(scheduler, ofWhispers),
      };
      const simulation = await runSimulation(scheduler, commands, {
        broadcast: { moderators: [moderators.broadcast.moderate] },
        whisper: { moderators: [moderators.whisper.moderate] },
        invariant: ({ server: { host } }) => {
          for (const outbox of [host.broadcast, host.whisper]) balance(outbox.ledger, { queued: outbox.depth });
          reached('broadcasts are held', host.broadcast.depth > 0);
          reached('whispers are held', host.whisper.depth > 0);
        },
      });
      await simulation.finish();
      await turnOfTheLoop();
      for (const name of ['broadcast', 'whisper'] as const) {
        const accepted = simulation.sent.filter(({ outbox }) => outbox === name).length;
        const dropped = moderators[name].refused.length;
        reached('messages are refused', dropped > 0);
        reached('messages are delivered', accepted > dropped);
        balance(simulation.server.host[name].ledger, { accepted, dropped, delivered: accepted - dropped, queued: 0 });
      }
    },
  );
});
