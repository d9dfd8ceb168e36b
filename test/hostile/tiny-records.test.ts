// Records that cost the server far more than the client: a few messages contain millions of them, and each has to be
// parsed.
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { packed, prefixed } from '../support/messagepack-records.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { clientFrame, Opcode } from '../support/websocket-frames.ts';
import { HealthyClient, sharedVictim } from './victim.ts';

const MESSAGE_BYTES = 4_194_304;
const ATTACKERS = 2;
const LASTING_MS = 700;
/** CPU time in which no other client had a turn. Without the bound it is up to 7,000; with it about 30. */
const LONGEST_TURN_MS = 150;

/** A completion whose result is 0xc1, a byte that begins no value. Its id is unknown to the server. */
const UNREADABLE = prefixed(Buffer.from([0x95, 3, 0x80, 0xa1, 0x71, 3, 0xc1]));

const ATTACKS: readonly (readonly [string, ProtocolName, Buffer | string])[] = [
  ['answers that cannot be read, to what was never asked', 'messagepack', UNREADABLE],
  ['items of a stream that is not there', 'messagepack', packed(2, {}, 'q', 0)],
  ['records of a type that nobody knows', 'messagepack', packed(77)],
  ['cancellations of nothing', 'messagepack', packed(5, {}, 'q')],
  ['pings', 'messagepack', packed(6)],
  ['acknowledgements', 'messagepack', packed(8, 0)],
  ['records with something behind the value', 'json', '{"type":6}x\x1e'],
  ['records of a type that nobody knows', 'json', '{"type":77}\x1e'],
  ['answers to what was never asked', 'json', '{"type":3,"invocationId":"q"}\x1e'],
];

const attacked = sharedVictim();

/** As many of these records as fit into one message. */
function messageOf(record: Buffer | string): Buffer {
  const bytes = Buffer.from(record);
  return Buffer.alloc(Math.floor(MESSAGE_BYTES / bytes.length) * bytes.length, bytes);
}

test('a flood of tiny records keeps nobody else waiting, whatever they are', async () => {
  const { victim, port } = attacked;
  const healthy = await HealthyClient.at(port);
  for (const [what, protocol, record] of ATTACKS) {
    await healthy.ask('measurements');
    await victim.ask('longestTurn');
    await flood(port, protocol, messageOf(record));
    const { answers, isGone } = await healthy.ask('measurements');
    expect(isGone, what).toBe(false);
    expect(answers, what).toBeGreaterThan(0);
    expect(await victim.ask('longestTurn'), what).toBeLessThan(LONGEST_TURN_MS);
  }
});

test('nor does one that is posted', async () => {
  const { victim, port } = attacked;
  const healthy = await HealthyClient.at(port);
  const attacker = await RawRequests.poll(port);
  // A client that does not poll is ended after 15 s, and the flood may take longer on a busy machine.
  const polls = attacker.get();
  await healthy.ask('measurements');
  await victim.ask('longestTurn');
  for (const record of ['{"type":77}\x1e', '{"type":6}x\x1e']) {
    expect((await attacker.postText(messageOf(record).toString()).answer).status).toBe(200);
  }
  polls.drop();
  const { answers, isGone } = await healthy.ask('measurements');
  expect(isGone).toBe(false);
  expect(answers).toBeGreaterThan(0);
  expect(await victim.ask('longestTurn')).toBeLessThan(LONGEST_TURN_MS);
  // Each record takes CPU time, so all of them take long on a busy machine.
}, 90_000);

/** Attackers that always have a message on its way, and connect again at once when they are disconnected. */
async function flood(port: number, protocol: ProtocolName, message: Buffer): Promise<void> {
  const opcode = protocol === 'json' ? Opcode.text : Opcode.binary;
  const deadline = performance.now() + LASTING_MS;
  const attack = async () => {
    while (performance.now() < deadline) {
      const attacker = await RawClient.open(port, { protocol, onRecord() {} });
      const over = Promise.race([attacker.ended, setTimeout(deadline - performance.now())]);
      while (!attacker.socket.destroyed && performance.now() < deadline) {
        const written = new Promise((resolve) => attacker.socket.write(clientFrame(opcode, message), resolve));
        await Promise.race([written, over]);
      }
      attacker.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: ATTACKERS }, attack));
}
