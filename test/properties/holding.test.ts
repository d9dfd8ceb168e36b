import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Rate } from '../../src/routing/rate-limit.ts';
import { property } from '../support/property.ts';
import { type Address, meant } from './addresses.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import type { Member } from './member.ts';
import { type Opinion, opinions, ScriptedModerator } from './moderation.ts';
import { play } from './play.ts';
import type { World, WorldSettings } from './world.ts';

const rate: fc.Arbitrary<Rate | undefined> = fc.option(
  fc.record({ messages: fc.integer({ min: 1, max: 4 }), perMs: fc.constantFrom(100, 350, 1_000) }),
  { nil: undefined },
);
const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

/** A world whose outboxes hold messages back: moderators that need their time, and rate limits. */
function holding(
  scheduler: fc.Scheduler,
  scripts: readonly [readonly Opinion[], readonly Opinion[]],
  rates: readonly [Rate | undefined, Rate | undefined] = [undefined, undefined],
) {
  const [broadcast, whisper] = scripts.map((script) => new ScriptedModerator(scheduler, script)) as [
    ScriptedModerator,
    ScriptedModerator,
  ];
  const outbox = (moderator: ScriptedModerator, limit: Rate | undefined) => ({
    moderators: [moderator.moderate],
    ...(limit === undefined ? {} : { rate: limit }),
  });
  const settings: WorldSettings = { broadcast: outbox(broadcast, rates[0]), whisper: outbox(whisper, rates[1]) };
  return { settings, refused: () => [...broadcast.refused, ...whisper.refused] };
}

/** What a member has heard of one sender. */
function heardFrom(world: World, member: Member, from: Member | undefined): number[] {
  return member.heard.filter((number) => world.sent[number]?.from === from);
}

function timesAddressed(address: Address, from: Member | undefined, member: Member, world: World): number {
  // The groups of the moment of commit are not known here; more than once for each group it cannot be.
  if (address.to === 'groups') return address.groups.length;
  if (address.to === 'groupExcept' || address.to === 'othersInGroup') return 1;
  const everybody = world.members.map((one) => ({ ...one, key: one.key, isReachable: true, member: one }));
  const sender = everybody.find((one) => one.member === from);
  return meant(address, sender, everybody).filter((one) => one.member === member).length;
}

describe('when moderators and rate limits hold messages back', () => {
  property(
    'what one sender has sent arrives in that order at every receiver, across both outboxes',
    [fc.scheduler(), everything, fc.tuple(opinions, opinions), fc.tuple(rate, rate)],
    200,
    async (scheduler, commands, scripts, rates) => {
      const { settings } = holding(scheduler, scripts, rates);
      const world = await play(scheduler, commands, settings);
      await world.finish();
      for (const member of world.members) {
        for (const from of [undefined, ...world.members]) {
          const heard = heardFrom(world, member, from);
          expect(heard).toEqual([...heard].sort((a, b) => a - b));
        }
      }
    },
  );

  property(
    'each message arrives at whom it was addressed to, once for each group, unless it was refused',
    [fc.scheduler(), everything, fc.tuple(opinions, opinions), fc.tuple(rate, rate)],
    200,
    async (scheduler, commands, scripts, rates) => {
      const { settings, refused } = holding(scheduler, scripts, rates);
      const world = await play(scheduler, commands, settings);
      await world.finish();
      for (const member of world.members) {
        for (const number of new Set(member.heard)) {
          const { address, from } = world.sent[number] as World['sent'][number];
          const times = member.heard.filter((other) => other === number).length;
          expect(times).toBeLessThanOrEqual(timesAddressed(address, from, member, world));
          expect(refused()).not.toContain(number);
        }
      }
    },
  );

  property(
    'a message that is refused rejects its own promise, and no other',
    [fc.scheduler(), everything, fc.tuple(opinions, opinions)],
    150,
    async (scheduler, commands, scripts) => {
      const { settings, refused } = holding(scheduler, scripts);
      const world = await play(scheduler, commands, settings);
      await world.finish();
      const rejected = world.sent.filter(({ outcome }) => outcome instanceof Error);
      expect(rejected.map(({ number }) => number)).toEqual(refused().sort((a, b) => Number(a) - Number(b)));
      for (const { outcome, number } of rejected) expect(String(outcome)).toContain(`${number} is refused`);
      expect(world.sent.filter(({ outcome }) => outcome === 'pending')).toEqual([]);
    },
  );

  property(
    'who was there when a message was sent, and stays, gets it when it is committed',
    [fc.scheduler(), history(PEACEFUL, PEACEFUL, SLOW), fc.tuple(opinions, opinions)],
    150,
    async (scheduler, commands, scripts) => {
      const { settings } = holding(scheduler, scripts);
      const world = await play(scheduler, commands, settings);
      for (const { peer } of world.members) peer.client.flow();
      await world.quiesce();
      for (const { believesInIt, heard, due } of world.members) {
        // Members of groups may have left them meanwhile.
        const certain = due.filter((number) => !world.sent[number]?.address.to.toLowerCase().includes('group'));
        const committed = certain.filter((number) => world.sent[number]?.outcome === 'committed');
        if (believesInIt) expect(committed.filter((number) => !heard.includes(number))).toEqual([]);
      }
    },
  );
});
