import { ProtocolError } from '../errors.ts';
import { isUnicode, parseJsonRecord } from './json-text.ts';

/** Name of the subprotocol that a client of a WebSocket may offer (RFC 6455, section 1.9). */
export const PLAIN_SUBPROTOCOL = 'signalbox.envelope.v1';

/**
 * Types of envelopes that are no methods: answers of either side, items of a stream, the end of a call, and the end of
 * the connection.
 */
export const RESERVED_TYPES = ['result', 'error', 'item', 'cancel', 'close'] as const;
type ReservedType = (typeof RESERVED_TYPES)[number];

/** Whether a name means something else than a method in an envelope. As names of methods, types have no case. */
export function isReservedType(name: string): boolean {
  return RESERVED_TYPES.includes(name.toLowerCase() as ReservedType);
}

/** An envelope of a client, as far as it has been read. */
export interface PlainEnvelope {
  readonly type: string;
  /** JSON text of the id, which tells a number from a text; undefined: there is none. */
  readonly id: string | undefined;
  /** The id itself. */
  readonly rawId: string | number | undefined;
  readonly hasPayload: boolean;
  readonly payload: unknown;
  /** Whether the payload can be used as parsed: it is valid Unicode, and holds no more values than allowed. */
  readonly isReadable: boolean;
}

const EXPECTED = 'Expected one envelope: { "type": "Method", "payload": [...], "id": 1 }, the last two if needed.';

/**
 * Reads an envelope. Properties that it does not know are skipped.
 *
 * @throws {ProtocolError} for anything else, with a text for the client.
 */
export function readEnvelope(bytes: Buffer, maximumValues: number): PlainEnvelope {
  const { value, mayBeMalformed, isOutline } = parsed(bytes, maximumValues);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError(`The message is no JSON object. ${EXPECTED}`);
  const { type, id: rawId, payload } = value as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || type === '' || !type.isWellFormed())
    throw new ProtocolError(`The envelope has no type that is a text. ${EXPECTED}`);
  if (rawId !== undefined && !isId(rawId))
    throw new ProtocolError('The id of an envelope must be a text, or a number that JavaScript has exactly.');
  return {
    type,
    id: rawId === undefined ? undefined : JSON.stringify(rawId),
    rawId,
    hasPayload: payload !== undefined,
    payload,
    isReadable: !isOutline && (!mayBeMalformed || isUnicode(payload)),
  };
}

function parsed(bytes: Buffer, maximumValues: number) {
  try {
    return parseJsonRecord(bytes, maximumValues, 'alone');
  } catch (error) {
    if (error instanceof ProtocolError) throw new ProtocolError(`${error.message} ${EXPECTED}`);
    throw error;
  }
}

/** An id is written back, so it has to be the same then. */
function isId(value: unknown): value is string | number {
  if (typeof value === 'string') return value.isWellFormed();
  return (
    typeof value === 'number' && Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  );
}
