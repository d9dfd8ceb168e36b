import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { Victim } from './victim.ts';

const CALLS = 20_000;
const IN_A_MESSAGE = 500;

test.each([
  ['results that cannot be written', 'Unwritable', 'json'],
  ['results that cannot be written', 'Unwritable', 'messagepack'],
  ['calls of a method that does not exist', 'Nowhere', 'json'],
  ['calls of a method that does not exist', 'Nowhere', 'messagepack'],
] as const)(
  'twenty thousand %s (%s) are a handful of lines (%s), those for debugging among them',
  async (_what, target, protocol) => {
    const victim = new Victim({ server: { logLevel: 'silent' } });
    const { port } = await victim.ask('listen');
    let answers = 0;
    let answered = () => {};
    const all = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const onRecord = (record: Buffer) => {
      if (record.includes(target)) answers += 1;
      if (answers === CALLS) answered();
    };
    const client = await RawClient.open(port, { protocol, onRecord });
    const began = performance.now();
    for (let sent = 0; sent < CALLS; sent += IN_A_MESSAGE) {
      const calls = Array.from({ length: IN_A_MESSAGE }, (_, n) => ({
        type: 1,
        invocationId: String(sent + n),
        target,
        arguments: [],
      }));
      client.send(...calls);
    }
    await all;
    const seconds = (performance.now() - began) / 1_000;
    const lines = await victim.ask('lines');
    expect(lines).toBeGreaterThan(0);
    // The line of a new connection, the first few lines, and one count for each second.
    expect(lines).toBeLessThanOrEqual(8 + seconds);
  },
);
