// MessagePack as a client in memory speaks it.
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { type ClientProtocol, JSON_PROTOCOL, type ReadRecord, textRecords } from '../../src/testing/client-protocol.ts';
import { officiallyRead, packed, packedRecord } from './messagepack-records.ts';

const ANSWER = Buffer.from('{}\x1e');
const TEXT_BEGINS = Buffer.from('{"');

/** Written by hand, and read with the official client's codec: without any code of the server. */
const MESSAGEPACK_PROTOCOL: ClientProtocol = {
  name: 'messagepack',
  transferFormat: 'Binary',
  recordsPerMessage: 'many',
  write: packedRecord,
  writeGarbage: (text) => packed(text),
  read: recordsIn,
};

export function clientProtocol(name: ProtocolName): ClientProtocol {
  return name === 'json' ? JSON_PROTOCOL : MESSAGEPACK_PROTOCOL;
}

/**
 * Records of a binary message, as they would be in JSON: values that JSON does not have are left out. @throws when it
 * does not consist of whole records.
 */
export function binaryRecords(payload: Buffer): ReadRecord[] {
  // The response to the handshake is JSON text. No record looks like it, since a record begins with an array.
  const hasAnswer = payload.subarray(0, ANSWER.length).equals(ANSWER);
  const records = officiallyRead(hasAnswer ? payload.subarray(ANSWER.length) : payload).map((message) => {
    const { streamIds: _, ...record } = message as unknown as Record<string, unknown>;
    return Object.fromEntries(Object.entries(record).filter(([name, value]) => isThere(name, value)));
  });
  return hasAnswer ? [{}, ...records] : records;
}

/** Records of a message of either kind: in MessagePack the length of a record is followed by an array. */
function recordsIn(payload: Buffer): ReadRecord[] {
  const rest = payload.subarray(0, ANSWER.length).equals(ANSWER) ? payload.subarray(ANSWER.length) : payload;
  return rest.length === 0 || rest.subarray(0, 2).equals(TEXT_BEGINS) ? textRecords(payload) : binaryRecords(payload);
}

function isThere(name: string, value: unknown): boolean {
  if (name === 'allowReconnect') return value === true;
  if (name === 'headers') return Object.keys(value as object).length > 0;
  return value !== undefined && !(name === 'error' && value === null);
}
