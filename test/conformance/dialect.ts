// The transcripts are in JSON, but most of them are not about JSON. Those can be translated to MessagePack, and the
// server has to answer in the same way.

import type { ReadRecord, SentRecord } from '../../src/testing/client-protocol.ts';
import { binaryRecords } from '../support/client-protocols.ts';
import { packedByServer, packedRecord } from '../support/messagepack-records.ts';
import type { Step, Vector } from './vectors.ts';

/** Translates a transcript to another protocol. Both directions handle whole records only. */
export interface Dialect {
  /** @throws when the other protocol cannot express it. */
  toWire(json: Buffer): Buffer;
  /** A message with other bytes than those of its translation is `{"messagepack": its bytes in hexadecimal}`. */
  fromWire(message: Buffer): Buffer;
}

const SEPARATOR = '\u001e';

/** Properties of each message type in MessagePack, in the order in which ASP.NET Core SignalR writes them to JSON. */
const PROPERTIES: Readonly<Record<number, readonly string[]>> = {
  1: ['type', 'invocationId', 'target', 'arguments', 'streamIds'],
  2: ['type', 'invocationId', 'item'],
  3: ['type', 'invocationId', 'error', 'result'],
  4: ['type', 'invocationId', 'target', 'arguments', 'streamIds'],
  5: ['type', 'invocationId'],
  6: ['type'],
  7: ['type', 'error', 'allowReconnect'],
  8: ['type', 'sequenceId'],
  9: ['type', 'sequenceId'],
};

export const messagePack: Dialect = {
  toWire: (json) => Buffer.concat(recordsOf(json.toString('utf8')).map(wireOf)),
  fromWire(message) {
    const translated = binaryRecords(message).map(jsonOf);
    // Byte for byte: JSON stands only for the bytes that it is translated to.
    const isExact = message.equals(Buffer.concat(translated.map(layoutOf)));
    const texts = isExact ? translated : [JSON.stringify({ messagepack: message.toString('hex') })];
    return Buffer.from(texts.map((text) => text + SEPARATOR).join(''));
  },
};

/** The bytes of a record of the server. The response to the handshake is JSON. */
function layoutOf(json: string): Buffer {
  const record = JSON.parse(json) as ReadRecord;
  const { type } = record;
  return type === undefined ? Buffer.from(`{}${SEPARATOR}`) : packedByServer({ ...record, type });
}

/**
 * Whether MessagePack can express the whole transcript. Half a record, or a number in place of a text, exist in JSON
 * only.
 */
export function isTranslatable(vector: Vector): boolean {
  return vector.steps.every(({ send = [], binary, base64 }: Step) => {
    if (binary || base64) return false;
    try {
      for (const text of [send].flat()) messagePack.toWire(Buffer.from(text));
      return true;
    } catch {
      return false;
    }
  });
}

function recordsOf(text: string): unknown[] {
  const records = text.split(SEPARATOR);
  if (records.pop() !== '') throw new Error('half a record');
  return records.map((record) => JSON.parse(record) as unknown);
}

function wireOf(record: unknown): Buffer {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new Error('no record');
  if ('protocol' in record) return Buffer.from(JSON.stringify({ ...record, protocol: 'messagepack' }) + SEPARATOR);
  const { type, ...rest } = record as SentRecord;
  const places = PROPERTIES[type];
  if (
    places === undefined ||
    !Object.entries(rest).every(([name, value]) => places.includes(name) && fits(name, value))
  ) {
    throw new Error('no place for it');
  }
  const needed = type === 1 || type === 4 ? ['target', 'arguments'] : places.filter((name) => NEEDED.has(name));
  if (!needed.every((name) => name in record)) throw new Error('something is missing');
  return packedRecord(record as SentRecord);
}

const NEEDED = new Set(['invocationId', 'item', 'sequenceId']);

function fits(name: string, value: unknown): boolean {
  if (name === 'item' || name === 'result') return true;
  if (name === 'arguments') return Array.isArray(value);
  if (name === 'streamIds') return Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
  if (name === 'sequenceId') return Number.isInteger(value);
  if (name === 'allowReconnect') return typeof value === 'boolean';
  return typeof value === 'string' && (value !== '' || name === 'error');
}

/** The record as ASP.NET Core SignalR would write it in JSON. */
function jsonOf(record: object): string {
  const values = record as Readonly<Record<string, unknown>>;
  const places = PROPERTIES[values.type as number] ?? [];
  const written = Object.fromEntries(places.filter((name) => name in values).map((name) => [name, values[name]]));
  return JSON.stringify(written);
}
