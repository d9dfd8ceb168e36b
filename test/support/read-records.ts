// Parses one message of the server, as its client does.
import { officiallyRead } from './messagepack-records.ts';

const SEPARATOR = '\x1e';
const ANSWER = Buffer.from(`{}${SEPARATOR}`);
const TEXT_BEGINS = Buffer.from('{"');

/** A record as the client reads it. */
export interface ReadRecord {
  readonly type?: number;
  readonly target?: string;
  readonly arguments?: readonly unknown[];
  readonly invocationId?: string;
  readonly item?: unknown;
  readonly result?: unknown;
  readonly error?: string;
  readonly allowReconnect?: boolean;
  readonly sequenceId?: number;
}

/** Records of a text message. @throws when it does not consist of whole records. */
export function textRecords(payload: Buffer): ReadRecord[] {
  const texts = payload.toString('utf8').split(SEPARATOR);
  if (texts.pop() !== '') throw new Error('The frame ends within a record.');
  return texts.map((text) => JSON.parse(text) as ReadRecord);
}

/**
 * Records of a binary message, as they would be in JSON: values that JSON does not have are left out. @throws when it
 * does not consist of whole records.
 */
export function binaryRecords(payload: Buffer): ReadRecord[] {
  // The response to the handshake is JSON text. No record looks like it, since a record begins with an array.
  const hasAnswer = payload.subarray(0, ANSWER.length).equals(ANSWER);
  const records = officiallyRead(hasAnswer ? payload.subarray(ANSWER.length) : payload).map((message) => {
    const { headers: _, streamIds: __, ...record } = message as unknown as Record<string, unknown>;
    return Object.fromEntries(Object.entries(record).filter(([name, value]) => isThere(name, value)));
  });
  return hasAnswer ? [{}, ...records] : records;
}

/** Records of a message of either kind: in MessagePack the length of a record is followed by an array. */
export function recordsIn(payload: Buffer): ReadRecord[] {
  const rest = payload.subarray(0, ANSWER.length).equals(ANSWER) ? payload.subarray(ANSWER.length) : payload;
  return rest.length === 0 || rest.subarray(0, 2).equals(TEXT_BEGINS) ? textRecords(payload) : binaryRecords(payload);
}

function isThere(name: string, value: unknown): boolean {
  if (name === 'allowReconnect') return value === true;
  return value !== undefined && !(name === 'error' && value === null);
}
