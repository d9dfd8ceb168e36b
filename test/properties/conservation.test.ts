import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Ledger, LedgerFigures } from '../../src/routing/ledger.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { sessionOf } from '../support/sessions.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import { inEveryHistory, runSimulation } from './run-simulation.ts';
import { isUndecided, ScriptedModerator, words } from './scripted-moderator.ts';
import type { Simulation } from './simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);
/** Places of an outbox for held messages: more than any history needs, or so few that messages are refused. */
const places = fc.oneof(
  { weight: 1, arbitrary: fc.constant(10_000) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
);
const OUTBOXES = ['broadcast', 'whisper'] as const;

/** Checks that the figures agree with each other, with what really waits, and with what was really written. */
function balance(ledger: Ledger, really: Partial<LedgerFigures>): void {
  const figures = ledger.figures();
  const { accepted, delivered, dropped, queued, droppedBy } = figures;
  expect(delivered + dropped + queued).toBe(accepted);
  expect(Object.values(droppedBy).reduce((sum, count) => sum + count, 0)).toBe(dropped);
  expect(figures).toMatchObject(really);
}

type Observe = (ledger: Ledger, lane: { readonly isResent: boolean; readonly isPlain: boolean }) => void;

/**
 * Checks that each lane has delivered what its transport was given, and queued what waits.
 * @param observe Gets the ledger of each lane.
 */
function lanesBalance({ participants }: Simulation, observe: Observe): void {
  for (const { isPlain, peer } of participants) {
    const { connection, transport, returns } = peer;
    if (connection.session === undefined) continue;
    const queued = sessionOf(connection).lane.lag.messages;
    // What is sent again is delivered once.
    const { ledger } = sessionOf(connection).lane;
    balance(ledger, returns > 0 ? { queued } : { delivered: transport.written, queued });
    observe(ledger, { isResent: returns > 0 && ledger.delivered > 0, isPlain });
  }
}

describe('accepted = delivered + dropped + queued', () => {
  property(
    'in every lane, after every command',
    [fc.scheduler(), everything],
    {
      runs: 200,
      sometimes: [
        'messages are delivered',
        'messages wait',
        'messages are dropped',
        'messages are sent again',
        'messages for a plain client are delivered',
        'messages for a plain client wait',
      ],
    },
    async (scheduler, commands, reached) => {
      const simulation = await runSimulation(scheduler, commands, {
        invariant: (simulation) =>
          lanesBalance(simulation, ({ delivered, dropped, queued }, { isPlain, isResent }) => {
            reached('messages are delivered', delivered > 0);
            reached('messages wait', queued > 0);
            reached('messages are dropped', dropped > 0);
            reached('messages are sent again', isResent);
            reached('messages for a plain client are delivered', isPlain && delivered > 0);
            reached('messages for a plain client wait', isPlain && queued > 0);
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
    [fc.scheduler(), everything, fc.tuple(words, words), fc.tuple(places, places)],
    {
      runs: 200,
      sometimes: [
        'broadcasts are held',
        'whispers are held',
        'a moderator refuses messages',
        'a moderator replaces arguments',
        'a moderator is late',
        'broadcasts find no place',
        'whispers find no place',
        'messages are delivered',
      ],
    },
    async (scheduler, commands, scripts, [broadcasts, whispers], reached) => {
      const moderators = {
        broadcast: new ScriptedModerator(scheduler, scripts[0]),
        whisper: new ScriptedModerator(scheduler, scripts[1]),
      };
      const outboxes = { broadcast: { capacity: broadcasts }, whisper: { capacity: whispers } };
      const simulation = await runSimulation(scheduler, commands, {
        hubOptions: { outboxes, moderationTimeoutMs: 400 },
        moderators: { broadcast: [moderators.broadcast.moderate], whisper: [moderators.whisper.moderate] },
        invariant: ({ server: { host } }) => {
          for (const name of OUTBOXES) {
            const { ledger, depth } = host[name];
            balance(ledger, { queued: depth });
            expect(depth).toBeLessThanOrEqual(outboxes[name].capacity);
          }
          reached('broadcasts are held', host.broadcast.depth > 0);
          reached('whispers are held', host.whisper.depth > 0);
        },
      });
      await simulation.finish();
      await turnOfTheLoop();
      for (const name of OUTBOXES) {
        const sent = simulation.sent.filter(({ outbox }) => outbox === name);
        const full = sent.filter(({ outcome }) => String(outcome).includes(`outboxes.${name}.capacity`));
        const undecided = sent.filter(isUndecided);
        // The moderator was asked about these, too, and perhaps has refused them later.
        const unheld = new Set<unknown>([...full, ...undecided].map(({ number }) => number));
        const refused = moderators[name].refused.filter((number) => !unheld.has(number));
        const moderated = refused.length + undecided.length;
        const delivered = sent.length - moderated - full.length;
        reached('a moderator refuses messages', refused.length > 0);
        reached('a moderator replaces arguments', moderators[name].replaced.length > 0);
        reached('a moderator is late', undecided.length > 0);
        reached(name === 'broadcast' ? 'broadcasts find no place' : 'whispers find no place', full.length > 0);
        reached('messages are delivered', delivered > 0);
        const droppedBy = {
          ...(moderated > 0 ? { moderated } : {}),
          ...(full.length > 0 ? { full: full.length } : {}),
        };
        const { ledger } = simulation.server.host[name];
        balance(ledger, { accepted: sent.length, delivered, droppedBy, queued: 0 });
      }
    },
  );
});
