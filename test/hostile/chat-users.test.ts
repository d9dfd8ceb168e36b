import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { HealthyClient, Victim } from './victim.ts';

const MEMBERS = 500;
const CALLS = 1_000;
/** A name of 40 characters in the longest UTF-8, the moment of arrival, and the JSON around them. */
const LONGEST_ENTRY_BYTES = 40 * 4 + 64;

async function enter(port: number, onRecord = () => {}): Promise<RawClient> {
  return RawClient.open(port, { path: '/chat', onRecord });
}

test('whoever asks for all members of a large chat, again and again, gets at most 100 of them for each call', async () => {
  const victim = new Victim();
  const { port } = await victim.ask('listen');
  for (let n = 0; n < MEMBERS; n += 50) await Promise.all(Array.from({ length: 50 }, () => enter(port)));
  const healthy = await HealthyClient.at(port);

  let answers = 0;
  let answered = () => {};
  const allAnswered = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const attacker = await enter(port, () => {
    answers += 1;
    if (answers === CALLS) answered();
  });
  const { bytesRead } = attacker.socket;
  const call = { type: 1, target: 'GetUsers', arguments: [] };
  for (let n = 0; n < CALLS; n++) attacker.send({ ...call, invocationId: String(n) });
  await allAnswered;
  // With all 500 names in each answer it was 31 KB.
  expect((attacker.socket.bytesRead - bytesRead) / CALLS).toBeLessThan(100 * LONGEST_ENTRY_BYTES);
  expect(await healthy.ask('measurements')).toMatchObject({ isGone: false });
});
