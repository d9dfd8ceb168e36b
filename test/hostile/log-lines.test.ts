import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { Victim } from './victim.ts';

const CALLS = 20_000;
const IN_A_MESSAGE = 500;

test.each(['json', 'messagepack'] as const)(
  'twenty thousand results that cannot be written are a handful of lines (%s)',
  async (protocol) => {
    const victim = new Victim({ server: { logLevel: 'silent' } });
    const { port } = await victim.ask('listen');
    let answers = 0;
    let answered = () => {};
    const all = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const onRecord = (record: Buffer) => {
      if (record.includes('Unwritable')) answers += 1;
      if (answers === CALLS) answered();
    };
    const client = await RawClient.open(port, { protocol, onRecord });
    const began = performance.now();
    for (let sent = 0; sent < CALLS; sent += IN_A_MESSAGE) {
      const calls = Array.from({ length: IN_A_MESSAGE }, (_, n) => ({
        type: 1,
        invocationId: String(sent + n),
        target: 'Unwritable',
        arguments: [],
      }));
      client.send(...calls);
    }
    await all;
    const seconds = (performance.now() - began) / 1_000;
    const lines = await victim.ask('lines');
    expect(lines).toBeGreaterThan(0);
    // The first few, and a count for each second.
    expect(lines).toBeLessThanOrEqual(7 + seconds);
  },
);
