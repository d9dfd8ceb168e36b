import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import { inEveryHistory, runSimulation } from './run-simulation.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

describe('when nothing is held back, messages are routed as they are sent, and', () => {
  inEveryHistory(
    'a client that is still there has read every message that was meant for it, in that order',
    everything,
    250,
    async (simulation) => {
      await simulation.quiesce();
      for (const { id, heard, due, isFlowing, seemsOpen } of simulation.participants) {
        if (isFlowing && seemsOpen) expect({ id, heard }).toEqual({ id, heard: due });
      }
    },
  );

  inEveryHistory(
    'a client that is gone, or slow, has read the first of them, and no other',
    everything,
    250,
    async (simulation) => {
      await simulation.finish();
      for (const { id, heard, due } of simulation.participants) {
        expect({ id, heard }).toEqual({ id, heard: due.slice(0, heard.length) });
      }
    },
  );

  inEveryHistory(
    'what a call has sent to its caller stands before its completion',
    history(PEACEFUL, PEACEFUL, SLOW),
    150,
    async (simulation) => {
      await simulation.quiesce();
      for (const { peer, sentBefore } of simulation.participants) {
        const { records } = peer.client;
        for (const [call, numbers] of sentBefore) {
          const end = records.findIndex(({ type, invocationId }) => type === 3 && invocationId === call);
          const after = records.slice(end).map((record) => record.arguments?.[0]);
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
    150,
    async (scheduler, commands, maximumParallelInvocationsPerClient) => {
      const simulation = await runSimulation(scheduler, commands, {
        hubOptions: { maximumParallelInvocationsPerClient },
      });
      await simulation.finish();
      for (const { asked, begun, peer } of simulation.participants) {
        expect(begun).toEqual(asked.slice(0, begun.length));
        for (const call of asked) expect(peer.client.completions(call).length).toBeLessThanOrEqual(1);
        const answered = peer.client.records.filter(({ type }) => type === 3);
        expect(answered.filter(({ invocationId }) => !asked.includes(invocationId as string))).toEqual([]);
      }
    },
  );

  inEveryHistory(
    'that end are all answered, if their client stays',
    history(PEACEFUL, PEACEFUL, SLOW),
    150,
    async (simulation) => {
      for (const { peer } of simulation.participants) peer.client.flow();
      await simulation.quiesce();
      for (const { awaited, peer, seemsOpen } of simulation.participants) {
        if (!seemsOpen) continue;
        const answered = peer.client.records.filter(({ type }) => type === 3).map(({ invocationId }) => invocationId);
        expect([...answered].sort()).toEqual([...awaited].sort());
      }
    },
  );

  inEveryHistory(
    'of one connection share its state, and that of no other',
    history(PEACEFUL, ENDS),
    200,
    async (simulation) => {
      await simulation.finish();
      for (const { id, renamed, peer } of simulation.participants) {
        for (const [at, { call }] of renamed.entries()) {
          const before = renamed[at - 1]?.name ?? id;
          const [answer] = peer.client.completions(call);
          if (answer !== undefined) expect(answer.result).toBe(before);
        }
      }
    },
  );
});
