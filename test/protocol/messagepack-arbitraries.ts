import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import type { SentRecord } from '../../src/testing/client-protocol.ts';
import { packedRecord, prefixed } from '../support/messagepack-records.ts';
import { clientMessage } from './arbitraries.ts';

/** In MessagePack, unlike JSON, an empty name is refused. */
const named = (name: string) => (name === '' ? 'x' : name);

/** A client's message. */
export const packedMessage: fc.Arbitrary<Buffer> = clientMessage.map((message) => {
  const record = message as SentRecord;
  const { target, streamIds } = record;
  return packedRecord({
    ...record,
    ...(target === undefined ? {} : { target: named(target) }),
    ...(streamIds === undefined ? {} : { streamIds: streamIds.map(named) }),
  });
});

const body = (record: Buffer): Buffer => {
  let prefix = 0;
  while ((record[prefix] as number) > 127) prefix += 1;
  return record.subarray(prefix + 1);
};

/** First bytes of every kind of value that has a length, with a length that no value has. */
const hugeLength = fc
  .tuple(
    fc.constantFrom(0xc5, 0xc6, 0xc8, 0xc9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
  )
  .map(([head, length]) => Buffer.from([head, ...length.map((byte) => byte | 0x80)]));

/** One record: mostly a message, sometimes a damaged one, sometimes arbitrary bytes. */
const record = fc.oneof(
  { weight: 5, arbitrary: packedMessage },
  // Damaged in its middle.
  {
    weight: 4,
    arbitrary: fc.tuple(packedMessage, fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
      const bytes = Buffer.from(body(whole));
      bytes[at % bytes.length] = byte;
      return prefixed(bytes);
    }),
  },
  // Cut off, or with bytes inserted.
  {
    weight: 2,
    arbitrary: fc
      .tuple(packedMessage, fc.nat())
      .map(([whole, at]) => prefixed(body(whole).subarray(0, at % whole.length))),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(packedMessage, fc.nat(), hugeLength).map(([whole, at, huge]) => {
      const bytes = body(whole);
      const place = at % bytes.length;
      return prefixed(Buffer.concat([bytes.subarray(0, place), huge, bytes.subarray(place)]));
    }),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).map((value) => prefixed(encode(value))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map(prefixed) },
  // With an invalid length, or a wrong one.
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
);

/** Bytes from a socket. Without `wild`: whole messages only. */
export function packedStream(options: { readonly wild: boolean }): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.array(options.wild ? record : packedMessage, { maxLength: 6 }), fc.boolean())
    .map(([records, isFinished]) => {
      const bytes = Buffer.concat(records);
      return isFinished || !options.wild ? bytes : bytes.subarray(0, -1);
    });
}
