import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { property } from '../support/property.ts';
import { ENDS, history, PEACEFUL, SLOW } from './commands.ts';
import { inEveryHistory, play } from './play.ts';

const everything = history(PEACEFUL, PEACEFUL, PEACEFUL, SLOW, ENDS);

describe('when nothing is held back, messages are routed as they are sent, and', () => {
  inEveryHistory(
    'a client that is still there has read every message that was meant for it, in that order',
    everything,
    250,
    async (world) => {
      await world.quiesce();
      for (const { id, heard, due, isFlowing, believesInIt } of world.members) {
        if (isFlowing && believesInIt) expect({ id, heard }).toEqual({ id, heard: due });
      }
    },
  );

  inEveryHistory(
    'a client that is gone, or slow, has read the first of them, and no other',
    everything,
    250,
    async (world) => {
      await world.finish();
      for (const { id, heard, due } of world.members) {
        expect({ id, heard }).toEqual({ id, heard: due.slice(0, heard.length) });
      }
    },
  );

  inEveryHistory(
    'what a call has sent to its caller stands before its completion',
    history(PEACEFUL, PEACEFUL, SLOW),
    150,
    async (world) => {
      await world.quiesce();
      for (const { peer, sentBefore } of world.members) {
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
      const world = await play(scheduler, commands, { hubOptions: { maximumParallelInvocationsPerClient } });
      await world.finish();
      for (const { asked, begun, peer } of world.members) {
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
    async (world) => {
      for (const { peer } of world.members) peer.client.flow();
      await world.quiesce();
      for (const { awaited, peer, believesInIt } of world.members) {
        if (!believesInIt) continue;
        const answered = peer.client.records.filter(({ type }) => type === 3).map(({ invocationId }) => invocationId);
        expect([...answered].sort()).toEqual([...awaited].sort());
      }
    },
  );

  inEveryHistory(
    'of one connection share its state, and that of no other',
    history(PEACEFUL, ENDS),
    200,
    async (world) => {
      await world.finish();
      for (const { id, renamed, peer } of world.members) {
        for (const [at, { call }] of renamed.entries()) {
          const before = renamed[at - 1]?.name ?? id;
          const [answer] = peer.client.completions(call);
          if (answer !== undefined) expect(answer.result).toBe(before);
        }
      }
    },
  );
});
