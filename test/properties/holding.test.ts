import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Rate } from '../../src/index.ts';
import { errorTexts } from '../../src/protocol/error-texts.ts';
import { property } from '../support/property.ts';
import { type Address, expectedReceivers } from './addresses.ts';
import { ENDS, GROUPED, history, PEACEFUL, SLOW } from './commands.ts';
import type { Participant } from './participant.ts';
import { runSimulation } from './run-simulation.ts';
import { isUndecided, REPLACED, ScriptedModerator, type Word, words } from './scripted-moderator.ts';
import type { Simulation, SimulationSettings } from './simulation.ts';

const rate: fc.Arbitrary<Rate | undefined> = fc.option(
  fc.record({ perSecond: fc.constantFrom(1, 3, 10, 40), burst: fc.integer({ min: 1, max: 4 }) }),
  { nil: undefined },
);
const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);
/** Histories with more members of groups, so that messages to two groups arrive twice. */
const joining = history(PEACEFUL, SLOW, ENDS, ...Array<typeof GROUPED>(15).fill(GROUPED));

/** A test of a simulation whose outboxes hold messages back, with slow moderators and rate limits. */
function holding(
  scheduler: fc.Scheduler,
  scripts: readonly [readonly Word[], readonly Word[]],
  rates: readonly [Rate | undefined, Rate | undefined] = [undefined, undefined],
) {
  const [broadcast, whisper] = scripts.map((script) => new ScriptedModerator(scheduler, script)) as [
    ScriptedModerator,
    ScriptedModerator,
  ];
  const rateOf = (limit: Rate | undefined) => (limit === undefined ? {} : { rate: limit });
  const settings: SimulationSettings = {
    hubOptions: { outboxes: { broadcast: rateOf(rates[0]), whisper: rateOf(rates[1]) } },
    moderators: { broadcast: [broadcast.moderate], whisper: [whisper.moderate] },
  };
  return {
    settings,
    refused: () => [...broadcast.refused, ...whisper.refused],
    replaced: () => [...broadcast.replaced, ...whisper.replaced],
  };
}

/** Numbers of the messages that a participant has received from one sender. */
function heardFrom(simulation: Simulation, participant: Participant, from: Participant | undefined): number[] {
  return participant.heard.filter((number) => simulation.sent[number]?.from === from);
}

function timesAddressed(
  address: Address,
  from: Participant | undefined,
  participant: Participant,
  simulation: Simulation,
): number {
  // The groups at the moment of commit are not known here, but each addressed group delivers it at most once.
  if (address.to === 'groups') return address.groups.length;
  if (address.to === 'groupExcept' || address.to === 'othersInGroup') return 1;
  const everybody = simulation.participants.map((one) => ({
    ...one,
    key: one.key,
    isReachable: true,
    participant: one,
  }));
  const sender = everybody.find((one) => one.participant === from);
  return expectedReceivers(address, sender, everybody).filter((one) => one.participant === participant).length;
}

describe('when moderators and rate limits hold messages back', () => {
  property(
    'what one sender has sent arrives in that order at every receiver, across both outboxes',
    [fc.scheduler(), everything, fc.tuple(words, words), fc.tuple(rate, rate)],
    { runs: 200, sometimes: ['somebody has heard several messages of one sender'] },
    async (scheduler, commands, scripts, rates, reached) => {
      const { settings } = holding(scheduler, scripts, rates);
      const simulation = await runSimulation(scheduler, commands, settings);
      await simulation.finish();
      for (const participant of simulation.participants) {
        for (const from of [undefined, ...simulation.participants]) {
          const heard = heardFrom(simulation, participant, from);
          reached('somebody has heard several messages of one sender', heard.length > 1);
          expect(heard).toEqual([...heard].sort((a, b) => a - b));
        }
      }
    },
  );

  property(
    'each message arrives at whom it was addressed to, once for each group, unless it was refused',
    [fc.scheduler(), joining, fc.tuple(words, words), fc.tuple(rate, rate)],
    { runs: 200, sometimes: ['a message has arrived', 'a message has arrived twice', 'a message was refused'] },
    async (scheduler, commands, scripts, rates, reached) => {
      const { settings, refused } = holding(scheduler, scripts, rates);
      const simulation = await runSimulation(scheduler, commands, settings);
      await simulation.finish();
      reached('a message was refused', refused().length > 0);
      for (const participant of simulation.participants) {
        for (const number of new Set(participant.heard)) {
          const { address, from } = simulation.sent[number] as Simulation['sent'][number];
          const times = participant.heard.filter((other) => other === number).length;
          reached(times > 1 ? 'a message has arrived twice' : 'a message has arrived');
          expect(times).toBeLessThanOrEqual(timesAddressed(address, from, participant, simulation));
          expect(refused()).not.toContain(number);
        }
      }
    },
  );

  property(
    'a message that is refused rejects its own promise, and no other',
    [fc.scheduler(), everything, fc.tuple(words, words)],
    { runs: 150, sometimes: ['a message is refused', 'a message is committed'] },
    async (scheduler, commands, scripts, reached) => {
      const { settings, refused } = holding(scheduler, scripts);
      const simulation = await runSimulation(scheduler, commands, settings);
      await simulation.finish();
      const decided = new Set(simulation.sent.filter((sent) => !isUndecided(sent)).map(({ number }) => number));
      const rejected = simulation.sent.filter(({ number, outcome }) => outcome instanceof Error && decided.has(number));
      reached('a message is refused', rejected.length > 0);
      reached('a message is committed', rejected.length < decided.size);
      const refusals = refused()
        .map(Number)
        .filter((number) => decided.has(number));
      expect(rejected.map(({ number }) => number)).toEqual(refusals.sort((a, b) => a - b));
      for (const { outcome, number } of rejected)
        expect([`HubError: ${number} is refused`, `HubError: ${errorTexts.moderatorFailed}`]).toContain(
          String(outcome),
        );
      expect(simulation.sent.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
    },
  );

  property(
    'who was there when a message was sent, and stays, gets it when it is committed',
    [fc.scheduler(), history(PEACEFUL, PEACEFUL, SLOW), fc.tuple(words, words)],
    {
      runs: 150,
      sometimes: ['somebody who stays gets a message', 'somebody who stays does not get one that was refused'],
    },
    async (scheduler, commands, scripts, reached) => {
      const { settings } = holding(scheduler, scripts);
      const simulation = await runSimulation(scheduler, commands, settings);
      for (const { peer } of simulation.participants) peer.client.flow();
      await simulation.quiesce();
      for (const { seemsOpen, heard, due } of simulation.participants) {
        // Participants of groups may have left them meanwhile.
        const certain = due.filter((number) => !simulation.sent[number]?.address.to.toLowerCase().includes('group'));
        const committed = certain.filter((number) => simulation.sent[number]?.outcome === 'committed');
        reached('somebody who stays gets a message', seemsOpen && committed.length > 0);
        reached('somebody who stays does not get one that was refused', seemsOpen && committed.length < certain.length);
        if (seemsOpen) expect(committed.filter((number) => !heard.includes(number))).toEqual([]);
      }
    },
  );

  property(
    'each receiver hears the arguments that the moderator let pass, whatever its protocol',
    [fc.scheduler(), everything, fc.tuple(words, words)],
    {
      runs: 150,
      sometimes: ['json hears others', 'messagepack hears others', 'plain hears others', 'one hears the own arguments'],
    },
    async (scheduler, commands, scripts, reached) => {
      const { settings, replaced } = holding(scheduler, scripts);
      const simulation = await runSimulation(scheduler, commands, { ...settings, ballast: 3 });
      await simulation.finish();
      const others = new Set(replaced());
      for (const { peer } of simulation.participants) {
        for (const [number, text] of peer.client.calls('Heard')) {
          expect([number, text]).toEqual([number, others.has(number) ? REPLACED : 'xxx']);
          const { name } = peer.client.protocol as { readonly name: 'json' | 'messagepack' | 'plain' };
          reached(others.has(number) ? `${name} hears others` : 'one hears the own arguments');
        }
      }
    },
  );
});
