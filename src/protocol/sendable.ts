import { SerializationError } from '../errors.ts';

/** A record may nest 64 levels, of which the message and its list of arguments take two. Clients refuse more. */
export const MAXIMUM_DEPTH = 62;

/**
 * Checks a value that is no object. The same values are allowed for all protocols: a sender does not know those of its
 * receivers.
 *
 * @throws {SerializationError} when the value cannot be written.
 */
export function checkScalar(value: unknown): void {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new SerializationError(`${value} cannot be written: JSON has no such number.`);
      return;
    case 'bigint':
      throw new SerializationError('A BigInt cannot be written: send it as text, or as a number up to 2^53.');
    case 'function':
    case 'symbol':
      throw new SerializationError(`A ${typeof value} cannot be written.`);
  }
}

export function tooDeep(): SerializationError {
  return new SerializationError(`The value holds itself, or is nested more than ${MAXIMUM_DEPTH} levels deep.`);
}
