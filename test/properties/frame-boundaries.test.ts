import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { cuts } from '../protocol/arbitraries.ts';
import { byteByByte, cutAt } from '../protocol/reading.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { HANDSHAKE, hostileBytes, hostilePacked, PACKED_HANDSHAKE } from './hostile-input.ts';
import { createSecretsHub } from './secrets-hub.ts';

/** Everything that a client receives that sends these chunks, from its handshake to the end. */
async function answersTo(protocol: ProtocolName, chunks: readonly Buffer[]) {
  const server = new MemoryServer(createSecretsHub());
  const { client } = server.open();
  client.protocol = clientProtocol(protocol);
  for (const chunk of chunks) client.send(chunk);
  await server.settle();
  return { records: client.records, closeCode: client.closeCode };
}

/** The same for a client that waits between the chunks, over one of these transports. */
async function answersOneByOne(over: 'open' | 'openLongPolling', protocol: ProtocolName, chunks: readonly Buffer[]) {
  const server = new MemoryServer(createSecretsHub());
  const { client } = server[over]();
  client.protocol = clientProtocol(protocol);
  for (const chunk of chunks) {
    client.send(chunk);
    await server.settle();
  }
  return client.records;
}

/** All bytes of a client that speaks a protocol, with or without its handshake. */
function lifeOf(protocol: ProtocolName, handshake: Buffer, records: fc.Arbitrary<Buffer>) {
  return fc
    .tuple(fc.constantFrom([handshake], []), records)
    .map(([first, rest]) => ({ protocol, bytes: Buffer.concat([...first, rest]) }));
}

// A frame may hold several records, and half of one. Its boundaries must not matter.
describe('how a client cuts its bytes into frames', () => {
  const life = fc.oneof(
    lifeOf('json', HANDSHAKE, hostileBytes),
    lifeOf('messagepack', PACKED_HANDSHAKE, hostilePacked),
  );

  property(
    'changes nothing of what it is answered',
    [life, cuts],
    { runs: 300, sometimes: ['answers follow the handshake', 'the connection is ended', 'a record is cut'] },
    async ({ protocol, bytes }, places, reached) => {
      const answers = await answersTo(protocol, [bytes]);
      reached('answers follow the handshake', answers.records.length > 1);
      reached('the connection is ended', answers.closeCode !== undefined);
      reached('a record is cut', cutAt(bytes, places).length > 1);
      expect(await answersTo(protocol, cutAt(bytes, places))).toEqual(answers);
    },
  );

  property(
    'not even when each byte comes alone',
    [life],
    { runs: 100, sometimes: ['answers follow the handshake'] },
    async ({ protocol, bytes }, reached) => {
      const answers = await answersTo(protocol, [bytes]);
      reached('answers follow the handshake', answers.records.length > 1);
      expect(await answersTo(protocol, byteByByte(bytes))).toEqual(answers);
    },
  );

  property(
    'nor whether they are frames, or bodies of POSTs',
    [life, cuts],
    { runs: 100, sometimes: ['answers follow the handshake'] },
    async ({ protocol, bytes }, places, reached) => {
      const chunks = cutAt(bytes, places);
      const inFrames = await answersOneByOne('open', protocol, chunks);
      reached('answers follow the handshake', inFrames.length > 1);
      expect(await answersOneByOne('openLongPolling', protocol, chunks)).toEqual(inFrames);
    },
  );
});
