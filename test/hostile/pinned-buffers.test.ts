import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { packed } from '../support/messagepack-records.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { Opcode } from '../support/websocket-frames.ts';
import { sharedVictim, type Victim } from './victim.ts';

const MEBIBYTE = 1_048_576;
const CONNECTIONS = 10;
/** Limit for the last messages of all connections together, slightly above zero. */
const KEPT_BYTES = MEBIBYTE;
/** A record of an unknown type, which the server reads and skips. */
const PACKED = packed(99, Buffer.alloc(30_000));
const TEXT = `{"type":99,"x":"${'x'.repeat(30_000)}"}\x1e`;
/** Nearly the longest message. */
const RECORDS = 138;

const MESSAGES = {
  json: Buffer.from(TEXT.repeat(RECORDS)),
  messagepack: Buffer.concat(new Array<Buffer>(RECORDS).fill(PACKED)),
} as const;
const BEGINNINGS = { json: '{', messagepack: '\x05' } as const;
const PROTOCOLS = ['json', 'messagepack'] as const;

const attacked = sharedVictim();

/** The lowest of several measurements: V8 frees the memory of buffers a little after the collection. */
async function bytesOf(victim: Victim): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look++) {
    const { arrayBuffers, heapUsed } = await victim.ask('memory');
    least = Math.min(least, arrayBuffers + heapUsed);
  }
  return least;
}

/** Memory that the server keeps after each connection has sent these bytes and is silent. */
async function keptAfter(protocol: (typeof PROTOCOLS)[number], message: Buffer): Promise<number> {
  const { victim, port } = attacked;
  const clients: RawClient[] = [];
  for (let n = 0; n < CONNECTIONS; n++) clients.push(await RawClient.open(port, { protocol }));
  const before = await bytesOf(victim);
  for (const client of clients) {
    client.frame(protocol === 'json' ? Opcode.text : Opcode.binary, message);
    client.frame(Opcode.ping, '');
    await client.pongs.until(1);
  }
  const kept = (await bytesOf(victim)) - before;
  expect(await victim.ask('connections')).toBe(CONNECTIONS);
  return kept;
}

describe('a connection that is silent', () => {
  test.each(PROTOCOLS)('keeps nothing of its last message (%s)', async (protocol) => {
    expect(await keptAfter(protocol, MESSAGES[protocol])).toBeLessThan(KEPT_BYTES);
  });

  test.each(PROTOCOLS)('keeps nothing in front of a record that it has begun (%s)', async (protocol) => {
    const message = Buffer.concat([MESSAGES[protocol], Buffer.from(BEGINNINGS[protocol])]);
    expect(await keptAfter(protocol, message)).toBeLessThan(KEPT_BYTES);
  });

  test.each(PROTOCOLS)('keeps nothing in front of a call that waits for its turn (%s)', async (protocol) => {
    const { victim, port } = attacked;
    const clients: RawClient[] = [];
    for (let n = 0; n < CONNECTIONS; n++) clients.push(await RawClient.open(port, { protocol }));
    const before = await bytesOf(victim);
    const hang = { type: 1, target: 'Hang', arguments: [] };
    // One call runs, 100 wait, and the last record stays bytes.
    const calls =
      protocol === 'json'
        ? Buffer.from(`${JSON.stringify(hang)}\x1e`.repeat(102))
        : Buffer.concat(new Array<Buffer>(102).fill(packed(1, {}, null, 'Hang', [])));
    for (const client of clients) {
      client.frame(protocol === 'json' ? Opcode.text : Opcode.binary, Buffer.concat([MESSAGES[protocol], calls]));
    }
    while ((await victim.ask('waiting')) < CONNECTIONS * 100) await setTimeout(1);
    expect((await bytesOf(victim)) - before).toBeLessThan(KEPT_BYTES);
  });

  test.each(['LongPolling', 'ServerSentEvents'] as const)('keeps nothing of its last body (%s)', async (transport) => {
    const { victim, port } = attacked;
    const clients: RawRequests[] = [];
    for (let n = 0; n < CONNECTIONS; n++) {
      const client = await RawRequests.negotiate(port);
      if (transport === 'LongPolling') await client.get().answer;
      else await client.stream().opened;
      await client.post({ protocol: 'json', version: 1 }).answer;
      clients.push(client);
    }
    const before = await bytesOf(victim);
    for (const client of clients) {
      expect((await client.postText(TEXT.repeat(RECORDS) + BEGINNINGS.json).answer).status).toBe(200);
    }
    expect((await bytesOf(victim)) - before).toBeLessThan(KEPT_BYTES);
    for (const client of clients) await client.delete().answer;
  });
});
