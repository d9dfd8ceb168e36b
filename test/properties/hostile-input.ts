import fc from 'fast-check';
import { clientMessage, stream } from '../protocol/arbitraries.ts';
import { METHODS, WAYS_TO_FAIL } from './secrets-hub.ts';

const line = (record: unknown) => Buffer.from(`${JSON.stringify(record)}\x1e`);

export const HANDSHAKE = line({ protocol: 'json', version: 1 });

const call = fc
  .record({
    type: fc.constantFrom(1, 1, 1, 4),
    target: fc.constantFrom(...METHODS, 'nothing'),
    arguments: fc.oneof(
      // Most methods have one argument.
      { weight: 4, arbitrary: fc.tuple(fc.nat(WAYS_TO_FAIL)) },
      { weight: 1, arbitrary: fc.array(fc.nat(WAYS_TO_FAIL), { maxLength: 2 }) },
    ),
    invocationId: fc.string({ minLength: 1 }),
  })
  .map(line);

/** Everything that may come out of a socket: calls that fail, messages that mean nothing here, and noise. */
export const hostileBytes: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: call },
      { weight: 2, arbitrary: clientMessage.map(line) },
      { weight: 1, arbitrary: stream({ wild: true }) },
      { weight: 1, arbitrary: fc.constant(HANDSHAKE) },
    ),
    { maxLength: 12 },
  )
  .map((records) => Buffer.concat(records));
