import { describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { HealthyClient, Victim } from './victim.ts';

const MEMBERS = 400;
/** Number of messages that arrive at once. */
const BATCH = 40;
const TIMES = 50;
const TEXT = 'x'.repeat(10_000);
/** A turn that writes all of it takes more than ten times as long as a turn that writes for 10 ms plus one slice. */
const LONGEST_TURN_MS = 100;

/** Opens the clients of a group, which read everything, and one client that is no member. */
async function crowd(victim: Victim) {
  const { port } = await victim.ask('listen');
  let heard = 0;
  let isHeard: () => void = () => {};
  const everything = new Promise<void>((resolve) => {
    isHeard = resolve;
  });
  const onRecord = (record: Buffer): void => {
    if (record.length < TEXT.length) return;
    heard += 1;
    if (heard === MEMBERS * TIMES) isHeard();
  };
  const join = async (): Promise<void> => {
    const member = await RawClient.open(port, { onRecord });
    member.send({ type: 1, target: 'Join', arguments: ['crowd'] });
  };
  for (let at = 0; at < MEMBERS; at += BATCH) await Promise.all(Array.from({ length: BATCH }, join));
  const sender = await RawClient.open(port);
  const healthy = await HealthyClient.at(port);
  await victim.ask('longestTurn');
  return { sender, healthy, everything };
}

describe('10 KB to 400 clients, fifty times in a turn,', () => {
  test.each([
    ['one call', [TIMES]],
    ['fifty calls in one message', Array.from({ length: TIMES }, () => 1)],
  ])(
    'do not hold the loop when they come of %s, and reach everybody',
    async (_, calls) => {
      const victim = new Victim();
      const { sender, healthy, everything } = await crowd(victim);
      sender.send(...calls.map((times) => ({ type: 1, target: 'Repeat', arguments: ['crowd', TEXT, times] })));
      await everything;
      expect(await victim.ask('longestTurn')).toBeLessThan(LONGEST_TURN_MS);
      const { answers, isGone } = await healthy.ask('measurements');
      expect(answers).toBeGreaterThan(0);
      expect(isGone).toBe(false);
    },
    60_000,
  );
});
