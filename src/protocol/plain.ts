import { ProtocolError } from '../errors.ts';
import type { Codec } from './codec.ts';
import { errorTexts } from './error-texts.ts';
import { jsonOf } from './json-values.ts';
import { MessageTooLargeError } from './message-too-large.ts';
import { type ClientMessage, MessageType, type ServerMessage, UNKNOWN } from './messages.ts';
import { PLAIN_CLOSE_CODES } from './plain-close-codes.ts';
import { isReservedType, type PlainEnvelope, readEnvelope } from './plain-envelope.ts';
import { positionHeaders } from './position.ts';
import { TIMESTAMP_LENGTH, timestampOf } from './timestamps.ts';

/** Parts that the codec of plain clients needs of the hub behind it. */
export interface PlainParts {
  /** Milliseconds since 1970. */
  wallNow(): number;
  /** Whether a method, whatever its case, answers with a stream. An envelope does not say what its client expects. */
  isStream(method: string): boolean;
  /** Whether the hub has no methods, so that whatever its clients send is ignored. */
  readonly isListenOnly: boolean;
}

/** What stands before and behind the timestamp, which is the last property of every envelope. */
const TIMESTAMP = ',"timestamp":"';
const END = '"}';
/** Length of the last property, with the comma before it and the end of the envelope. */
const LAST_LENGTH = TIMESTAMP.length + TIMESTAMP_LENGTH + END.length;
const NO_STREAMS: readonly string[] = [];
const NO_ARGUMENTS: readonly unknown[] = [];

/**
 * The codec of plain clients, which speak no SignalR: envelopes `{ type, payload, timestamp, id? }`, one in each text
 * message of a WebSocket (docs/plain.md). Each hub has its own.
 *
 * The id of a client's call is kept as JSON text, so that the answer has the same number or text. Ids of the server's
 * own calls are texts.
 */
export function plainCodec(parts: PlainParts): Codec {
  const envelope = (type: string, id: string | undefined, payload: string): Buffer => {
    const head = id === undefined ? `{"type":${type}` : `{"type":${type},"id":${id}`;
    return Buffer.from(`${head},"payload":${payload}${TIMESTAMP}${timestampOf(parts.wallNow())}${END}`);
  };
  const malformed = (reason: string): ClientMessage => ({
    type: MessageType.Malformed,
    reason,
    answer: envelope('"error"', undefined, errorOf(reason)),
  });

  return {
    name: 'plain',
    transferFormat: 'Text',
    recordsPerMessage: 'one',
    keepAlive: 'transport',
    isListenOnly: parts.isListenOnly,

    read(input, { maximumBytes, maximumValues }) {
      const { message } = input;
      if ((message?.length ?? input.length) > maximumBytes) throw new MessageTooLargeError(maximumBytes);
      if (message === undefined) return undefined;
      const bytes = input.takeMessage() as Buffer;
      const read = message.isBinary ? malformed(errorTexts.binaryEnvelope) : readMessage(bytes, maximumValues);
      const isAnswer = read.type === MessageType.Completion;
      return parts.isListenOnly && !isAnswer ? UNKNOWN : read;
    },

    write: (message) => written(message, envelope),

    stamp(record, at) {
      record.write(timestampOf(at), record.length - END.length - TIMESTAMP_LENGTH, 'latin1');
    },

    // The headers come before the timestamp, so that this stays where `stamp` expects it.
    writePosition(record, at) {
      const end = record.length - LAST_LENGTH;
      if (record.indexOf(TIMESTAMP, end) !== end) return record;
      const headers = Buffer.from(`,"headers":${JSON.stringify(positionHeaders(at))}`);
      return Buffer.concat([record.subarray(0, end), headers, record.subarray(end)]);
    },

    closeCode: (reason) => PLAIN_CLOSE_CODES[reason],
  };

  function readMessage(bytes: Buffer, maximumValues: number): ClientMessage {
    try {
      return messageOf(readEnvelope(bytes, maximumValues));
    } catch (error) {
      if (error instanceof ProtocolError) return malformed(error.message);
      throw error;
    }
  }

  function messageOf(read: PlainEnvelope): ClientMessage {
    if (!isReservedType(read.type)) return callOf(read);
    const { id, rawId } = read;
    const type = read.type.toLowerCase();
    if (type === 'item' || type === 'close') throw new ProtocolError(errorTexts.envelopeOfServer(type));
    if (id === undefined) throw new ProtocolError(errorTexts.envelopeWithoutId(type));
    if (type === 'cancel') return { type: MessageType.CancelInvocation, invocationId: id };
    const completion = { type: MessageType.Completion, invocationId: String(rawId) } as const;
    if (type === 'error') return { ...completion, error: errorTextOf(read.payload) };
    if (!read.hasPayload) return completion;
    return { ...completion, result: read.payload, ...(read.isReadable ? {} : { unbindable: true }) };
  }

  function callOf({ type: target, id, hasPayload, payload, isReadable }: PlainEnvelope): ClientMessage {
    const args = Array.isArray(payload) ? payload : hasPayload ? [payload] : NO_ARGUMENTS;
    const call = {
      target,
      arguments: args,
      streamIds: NO_STREAMS,
      unbindable: !isReadable,
      bytes: undefined,
      hasNoUploads: true,
    } as const;
    if (id !== undefined && parts.isStream(target))
      return { type: MessageType.StreamInvocation, invocationId: id, ...call };
    return { type: MessageType.Invocation, invocationId: id, ...call };
  }
}

/** @param envelope Writes one; its arguments are JSON texts. */
function written(
  message: ServerMessage,
  envelope: (type: string, id: string | undefined, payload: string) => Buffer,
): Buffer {
  switch (message.type) {
    case MessageType.Invocation: {
      const { invocationId: id, target } = message;
      return envelope(JSON.stringify(target), id && JSON.stringify(id), payloadOf(message.arguments));
    }
    case MessageType.StreamItem:
      return envelope('"item"', message.invocationId, jsonOf(message.item));
    case MessageType.Completion: {
      const { error, invocationId, result } = message;
      if (error !== undefined) return envelope('"error"', invocationId, errorOf(error));
      return envelope('"result"', invocationId, jsonOf(result));
    }
    case MessageType.Close: {
      const { allowReconnect = false, reason } = message;
      return envelope('"close"', undefined, JSON.stringify({ reason, allowReconnect }));
    }
    case MessageType.Ping:
    case MessageType.Ack:
    case MessageType.Sequence:
      throw new Error('Plain clients have no such message: WebSockets have pings, and no client comes back.');
  }
}

/** One argument is the payload itself, none is null, several are an array. */
function payloadOf(args: readonly unknown[]): string {
  if (args.length === 1) return jsonOf(args[0]);
  return args.length === 0 ? 'null' : `[${args.map(jsonOf).join(',')}]`;
}

function errorOf(message: string): string {
  return JSON.stringify({ message });
}

/** The text of a client's error: `{ "message": "..." }`, or a text. */
function errorTextOf(payload: unknown): string {
  const text = typeof payload === 'object' && payload !== null ? (payload as { message?: unknown }).message : payload;
  return typeof text === 'string' && text !== '' ? text : errorTexts.clientError;
}
