import fc from 'fast-check';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import type { SentRecord } from '../../src/testing/client-protocol.ts';
import { clientMessage, cuts, stream } from '../protocol/arbitraries.ts';
import { packedMessage, packedStream } from '../protocol/messagepack-arbitraries.ts';
import { cutAt } from '../protocol/reading.ts';
import { packedRecord } from '../support/messagepack-records.ts';
import { METHODS, WAYS_TO_FAIL } from './secrets-hub.ts';

const line = (record: unknown) => Buffer.from(`${JSON.stringify(record)}\x1e`);

export const HANDSHAKE = line({ protocol: 'json', version: 1 });
export const PACKED_HANDSHAKE = line({ protocol: 'messagepack', version: 1 });

/** Ids of calls, streams and client results. They are few, so that the same id is used several times. */
const id = fc.constantFrom('a', 'b', 's1-c0', 's2-c0');

const call = fc.record({
  type: fc.constantFrom(1, 1, 1, 4, 4),
  target: fc.constantFrom(...METHODS, 'nothing'),
  arguments: fc.oneof(
    // Most methods have one argument.
    { weight: 4, arbitrary: fc.tuple(fc.nat(WAYS_TO_FAIL)) },
    { weight: 1, arbitrary: fc.array(fc.nat(WAYS_TO_FAIL), { maxLength: 2 }) },
  ),
  invocationId: fc.oneof(id, fc.string({ minLength: 1 })),
  streamIds: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.tuple(id) },
    { weight: 1, arbitrary: fc.array(id, { maxLength: 3 }) },
  ),
});

/** Records that may refer to something that such a call has begun, in any order. */
const streamed: fc.Arbitrary<SentRecord> = fc.oneof(
  fc.record({ type: fc.constant(2), invocationId: id, item: fc.nat(WAYS_TO_FAIL) }),
  fc.record({ type: fc.constant(3), invocationId: id, result: fc.nat(3) }),
  fc.record({ type: fc.constant(3), invocationId: id, error: fc.string() }),
  fc.record({ type: fc.constantFrom(3, 5), invocationId: id }),
);

/** Everything that may come out of a socket: calls that fail, messages that mean nothing here, and noise. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: call.map(line) },
      { weight: 4, arbitrary: streamed.map(line) },
      { weight: 2, arbitrary: clientMessage.map(line) },
      { weight: 1, arbitrary: stream({ wild: true }) },
      { weight: 1, arbitrary: fc.constant(HANDSHAKE) },
    ),
    { maxLength: 16, size: 'max' },
  )
  .map((records) => Buffer.concat(records));

/** The same in MessagePack, together with JSON. */
export const hostilePacked: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: call.map(packedRecord) },
      { weight: 4, arbitrary: streamed.map(packedRecord) },
      { weight: 2, arbitrary: packedMessage },
      { weight: 2, arbitrary: packedStream({ wild: true }) },
      { weight: 1, arbitrary: fc.constant(HANDSHAKE) },
    ),
    { maxLength: 16, size: 'max' },
  )
  .map((records) => Buffer.concat(records));

/** Bytes of a client after its handshake, in frames with arbitrary boundaries. */
export interface HostileTalk {
  readonly protocol: ProtocolName;
  readonly chunks: readonly Buffer[];
}

export const hostileTalk: fc.Arbitrary<HostileTalk> = fc
  .tuple(
    fc.oneof(
      hostileBytes.map((bytes) => ({ protocol: 'json' as const, bytes })),
      hostilePacked.map((bytes) => ({ protocol: 'messagepack' as const, bytes })),
    ),
    cuts,
  )
  .map(([{ protocol, bytes }, places]) => ({ protocol, chunks: cutAt(bytes, places) }));
