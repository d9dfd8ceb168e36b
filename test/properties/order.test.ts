import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { ENDS, history, PEACEFUL, RENAMES, SLOW } from './commands.ts';
import { inEveryHistory, runSimulation } from './run-simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

describe('when nothing is held back, messages are routed as they are sent, and', () => {
  inEveryHistory(
    'a client that is still there has read every message that was meant for it, in that order',
    everything,
    {
      runs: 250,
      sometimes: ['a client is there and has read several messages', 'a plain client has read several messages'],
    },
    async (simulation, reached) => {
      await simulation.quiesce();
      for (const { id, heard, due, isFlowing, isPlain, seemsOpen } of simulation.participants) {
        const hasHeard = isFlowing && seemsOpen && heard.length > 1;
        reached('a client is there and has read several messages', hasHeard);
        reached('a plain client has read several messages', hasHeard && isPlain);
        if (isFlowing && seemsOpen) expect({ id, heard }).toEqual({ id, heard: due });
      }
    },
  );

  inEveryHistory(
    'a client that is gone, or slow, has read the first of them, and no other',
    everything,
    {
      runs: 250,
      sometimes: ['a client has read some of several messages', 'a plain client has read some of several messages'],
    },
    async (simulation, reached) => {
      await simulation.finish();
      for (const { id, heard, due, isPlain } of simulation.participants) {
        const hasSome = heard.length > 0 && heard.length < due.length;
        reached('a client has read some of several messages', hasSome);
        reached('a plain client has read some of several messages', hasSome && isPlain);
        expect({ id, heard }).toEqual({ id, heard: due.slice(0, heard.length) });
      }
    },
  );

  inEveryHistory(
    'what a call has sent to its caller stands before its completion',
    history(PEACEFUL, PEACEFUL, SLOW),
    { runs: 150, sometimes: ['a call has sent something to its caller and is answered'] },
    async (simulation, reached) => {
      await simulation.quiesce();
      for (const { peer, sentBefore } of simulation.participants) {
        const { records } = peer.client;
        for (const [call, numbers] of sentBefore) {
          const end = records.findIndex(({ type, invocationId }) => type === 3 && invocationId === call);
          const after = records.slice(end).map((record) => record.arguments?.[0]);
          reached('a call has sent something to its caller and is answered', end !== -1 && numbers.length > 0);
          if (end !== -1) expect(after.filter((number) => numbers.includes(number as number))).toEqual([]);
        }
      }
    },
  );
});

describe('calls', () => {
  property(
    'are begun in the order in which they were sent, and answered once',
    [fc.scheduler(), history(PEACEFUL, PEACEFUL, ENDS), fc.integer({ min: 1, max: 3 })],
    { runs: 150, sometimes: ['several calls of one client are begun', 'a call is never begun', 'a call is answered'] },
    async (scheduler, commands, maximumParallelInvocationsPerClient, reached) => {
      const simulation = await runSimulation(scheduler, commands, {
        hubOptions: { maximumParallelInvocationsPerClient },
      });
      await simulation.finish();
      for (const { asked, begun, peer } of simulation.participants) {
        expect(begun).toEqual(asked.slice(0, begun.length));
        for (const call of asked) expect(peer.client.completions(call).length).toBeLessThanOrEqual(1);
        const answered = peer.client.records.filter(({ type }) => type === 3);
        reached('several calls of one client are begun', begun.length > 1);
        reached('a call is never begun', begun.length < asked.length);
        reached('a call is answered', answered.length > 0);
        expect(answered.filter(({ invocationId }) => !asked.includes(invocationId as string))).toEqual([]);
      }
    },
  );

  inEveryHistory(
    'that end are all answered, if their client stays',
    history(PEACEFUL, PEACEFUL, SLOW),
    { runs: 150, sometimes: ['a client stays and is answered'] },
    async (simulation, reached) => {
      for (const { peer } of simulation.participants) peer.client.flow();
      await simulation.quiesce();
      for (const { awaited, peer, seemsOpen } of simulation.participants) {
        if (!seemsOpen) continue;
        reached('a client stays and is answered', awaited.length > 0);
        const answered = peer.client.records.filter(({ type }) => type === 3).map(({ invocationId }) => invocationId);
        expect([...answered].sort()).toEqual([...awaited].sort());
      }
    },
  );

  inEveryHistory(
    'of one connection share its state, and that of no other',
    history(PEACEFUL, ENDS, ...Array<typeof RENAMES>(20).fill(RENAMES)),
    { runs: 200, sometimes: ['a call gets what another has left'] },
    async (simulation, reached) => {
      await simulation.finish();
      for (const { id, renamed, peer } of simulation.participants) {
        for (const [at, { call }] of renamed.entries()) {
          const before = renamed[at - 1]?.name ?? id;
          const [answer] = peer.client.completions(call);
          reached('a call gets what another has left', at > 0 && answer !== undefined);
          if (answer !== undefined) expect(answer.result).toBe(before);
        }
      }
    },
  );
});
