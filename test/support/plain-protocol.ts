// Envelopes as a plain client in memory speaks them: written and read without any code of the server.
import type { ClientProtocol, ReadRecord, SentRecord } from '../../src/testing/client-protocol.ts';

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Takes no effect: a plain client has no record for it. */
const NOTHING = Buffer.alloc(0);

/** An envelope of the server. */
export interface Envelope {
  readonly type: string;
  readonly payload: unknown;
  readonly timestamp: string;
  readonly id?: string | number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PLAIN_PROTOCOL: ClientProtocol = {
  name: 'plain',
  transferFormat: 'Text',
  recordsPerMessage: 'one',
  hasHandshake: false,
  write: (record) => {
    const envelope = envelopeOf(record);
    return envelope === undefined ? NOTHING : Buffer.from(JSON.stringify(envelope));
  },
  writeGarbage: (text) => Buffer.from(`{${text}`),
  read: (message) => [recordOf(readEnvelope(message))],
};

/** @throws {Error} when it is not exactly an envelope. */
export function readEnvelope(message: Buffer): Envelope {
  const envelope = JSON.parse(message.toString('utf8')) as Record<string, unknown>;
  const { type, timestamp, payload, id, headers, ...others } = envelope;
  const isWhole = typeof type === 'string' && payload !== undefined && Object.keys(others).length === 0;
  if (!isWhole || typeof timestamp !== 'string' || !ISO_8601.test(timestamp)) {
    throw new Error(`This is no envelope: ${message}`);
  }
  return {
    type,
    payload,
    timestamp,
    ...(id === undefined ? {} : { id: id as string | number }),
    ...(headers === undefined ? {} : { headers: headers as Readonly<Record<string, string>> }),
  };
}

function envelopeOf({ type, invocationId: id, ...record }: SentRecord): unknown {
  switch (type) {
    case 1:
    case 4:
      return { type: record.target, payload: record.arguments, id };
    case 3:
      if (record.error !== undefined) return { type: 'error', id, payload: { message: record.error } };
      return { type: 'result', id, payload: record.result };
    case 5:
      return { type: 'cancel', id };
    default:
      return undefined;
  }
}

function recordOf({ type, payload, id, headers }: Envelope): ReadRecord {
  const ofCall = id === undefined ? {} : { invocationId: String(id) };
  switch (type) {
    case 'result':
      return { type: 3, ...ofCall, result: payload };
    case 'error': {
      const { message } = payload as { readonly message: string };
      return id === undefined ? { error: message } : { type: 3, ...ofCall, error: message };
    }
    case 'item':
      return { type: 2, ...ofCall, item: payload };
    case 'close':
      return { type: 7, ...(payload as { readonly reason: string; readonly allowReconnect: boolean }) };
    default:
      return { type: 1, target: type, arguments: argumentsOf(payload), ...ofCall, ...(headers && { headers }) };
  }
}

function argumentsOf(payload: unknown): readonly unknown[] {
  if (payload === null) return [];
  return Array.isArray(payload) ? payload : [payload];
}
