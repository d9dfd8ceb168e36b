import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { cuts } from '../protocol/arbitraries.ts';
import { byteByByte, cutAt } from '../protocol/reading.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { HANDSHAKE, hostileBytes, hostilePacked, PACKED_HANDSHAKE } from './hostile-input.ts';
import { createSecretsHub } from './secrets-hub.ts';

/** Everything that a client receives that sends these chunks, from its handshake to the end. */
async function answersTo(chunks: readonly Buffer[]) {
  const server = new MemoryServer(createSecretsHub());
  const { client } = server.open();
  for (const chunk of chunks) client.send(chunk);
  await server.settle();
  return { records: client.records, closeCode: client.closeCode };
}

/** The same for a client that waits between the chunks, over one of these transports. */
async function answersOneByOne(over: 'open' | 'openLongPolling', chunks: readonly Buffer[]) {
  const server = new MemoryServer(createSecretsHub());
  const { client } = server[over]();
  for (const chunk of chunks) {
    client.send(chunk);
    await server.settle();
  }
  return client.records;
}

// A frame may hold several records, and half of one. Its boundaries must not matter.
describe('how a client cuts its bytes into frames', () => {
  const life = fc
    .oneof(
      fc.tuple(fc.constantFrom([HANDSHAKE], []), hostileBytes),
      fc.tuple(fc.constantFrom([PACKED_HANDSHAKE], []), hostilePacked),
    )
    .map(([handshake, bytes]) => Buffer.concat([...handshake, bytes]));

  property('changes nothing of what it is answered', [life, cuts], 300, async (bytes, places) => {
    expect(await answersTo(cutAt(bytes, places))).toEqual(await answersTo([bytes]));
  });

  property('not even when each byte comes alone', [life], 100, async (bytes) => {
    expect(await answersTo(byteByByte(bytes))).toEqual(await answersTo([bytes]));
  });

  property('nor whether they are frames, or bodies of POSTs', [life, cuts], 100, async (bytes, places) => {
    const chunks = cutAt(bytes, places);
    expect(await answersOneByOne('openLongPolling', chunks)).toEqual(await answersOneByOne('open', chunks));
  });
});
