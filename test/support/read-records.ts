// What stands in one message of the server, as its client reads it.
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

/** @throws when it is not exactly some whole records. */
export function textRecords(payload: Buffer): ReadRecord[] {
  const texts = payload.toString('utf8').split(SEPARATOR);
  if (texts.pop() !== '') throw new Error('The frame ends within a record.');
  return texts.map((text) => JSON.parse(text) as ReadRecord);
}

/** As they would be in JSON: what has no value there is not there. @throws when it is not exactly some whole records. */
export function binaryRecords(payload: Buffer): ReadRecord[] {
  // The answer to the handshake is JSON text. It cannot be taken for a record, which would begin with an array.
  const hasAnswer = payload.subarray(0, ANSWER.length).equals(ANSWER);
  const records = officiallyRead(hasAnswer ? payload.subarray(ANSWER.length) : payload).map((message) => {
    const { headers: _, streamIds: __, ...record } = message as unknown as Record<string, unknown>;
    return Object.fromEntries(Object.entries(record).filter(([name, value]) => isThere(name, value)));
  });
  return hasAnswer ? [{}, ...records] : records;
}

/** The same of a message that does not say whether it is text: the length of a MessagePack record is followed by an array. */
export function recordsIn(payload: Buffer): ReadRecord[] {
  const rest = payload.subarray(0, ANSWER.length).equals(ANSWER) ? payload.subarray(ANSWER.length) : payload;
  return rest.length === 0 || rest.subarray(0, 2).equals(TEXT_BEGINS) ? textRecords(payload) : binaryRecords(payload);
}

function isThere(name: string, value: unknown): boolean {
  if (name === 'allowReconnect') return value === true;
  return value !== undefined && !(name === 'error' && value === null);
}
