import { ProtocolError } from '../errors.ts';
import type { Codec } from './codec.ts';
import { checkJsonEnvelope, type JsonEnvelope, required } from './json-envelope.ts';
import { isUnicode, parseJsonRecord } from './json-text.ts';
import { jsonOf } from './json-values.ts';
import { MessageTooLargeError } from './message-too-large.ts';
import {
  type ClientMessage,
  MessageType,
  type PingMessage,
  type ServerMessage,
  type StreamItemMessage,
  UNKNOWN,
} from './messages.ts';
import { positionHeaders } from './position.ts';
import type { RecordBuffer } from './record-buffer.ts';

/** The record separator of ASCII, which ends every record of the JSON protocol and of the handshake. */
const RECORD_SEPARATOR = 0x1e;
const END = '\x1e';

/** Beginning of the record of every invocation. */
const INVOCATION = Buffer.from('{"type":1,');

const PING_RECORD = '{"type":6}';
const PING: PingMessage = { type: MessageType.Ping };

/** Whether arguments, an item or a result can be used as parsed. */
type Readable = (value: unknown) => boolean;
const ANYTHING: Readable = () => true;
const NOTHING: Readable = () => false;

/** The JSON hub protocol (HubProtocol.md, "JSON Encoding"). */
export const jsonCodec: Codec & { readonly name: 'json' } = {
  name: 'json',
  transferFormat: 'Text',
  recordsPerMessage: 'many',
  keepAlive: 'records',

  read(input, { maximumBytes, maximumValues }) {
    const record = readRecord(input, maximumBytes);
    return record === undefined ? undefined : parseMessage(record, maximumValues);
  },

  write: (message) => Buffer.from(textOf(message) + END),

  // The headers follow the type, as ASP.NET Core SignalR writes them.
  writePosition(record, at) {
    if (!record.subarray(0, INVOCATION.length).equals(INVOCATION)) return record;
    const headers = Buffer.from(`"headers":${JSON.stringify(positionHeaders(at))},`);
    return Buffer.concat([INVOCATION, headers, record.subarray(INVOCATION.length)]);
  },
};

/**
 * Takes the bytes of the next record, without its separator; undefined while it is unfinished.
 *
 * @throws {MessageTooLargeError} when it is longer than `maximumBytes`, separator included, finished or not.
 */
export function readRecord(input: RecordBuffer, maximumBytes: number): Buffer | undefined {
  const record = input.takeUntil(RECORD_SEPARATOR);
  const length = (record?.length ?? input.length) + 1;
  if (length > maximumBytes) throw new MessageTooLargeError(maximumBytes);
  return record;
}

function parseMessage(record: Buffer, maximumValues: number): ClientMessage {
  if (record.length === PING_RECORD.length && record.toString('latin1') === PING_RECORD) return PING;
  const { value, mayBeMalformed, isOutline } = parseJsonRecord(record, maximumValues);
  const envelope = checkJsonEnvelope(value);
  if (mayBeMalformed) checkUnicode(envelope);
  return messageOf(envelope, isOutline ? NOTHING : mayBeMalformed ? isUnicode : ANYTHING);
}

function messageOf(envelope: JsonEnvelope, isReadable: Readable): ClientMessage {
  switch (envelope.type) {
    case MessageType.Invocation:
      return callOf(MessageType.Invocation, envelope.invocationId || undefined, envelope, isReadable);
    case MessageType.StreamInvocation:
      return callOf(MessageType.StreamInvocation, idOf(envelope), envelope, isReadable);
    case MessageType.StreamItem:
      return itemOf(envelope, isReadable);
    case MessageType.Completion:
      return completionOf(envelope, isReadable);
    case MessageType.CancelInvocation:
      return { type: MessageType.CancelInvocation, invocationId: idOf(envelope) };
    case MessageType.Ping:
      return PING;
    case MessageType.Close:
      return {
        type: MessageType.Close,
        ...(envelope.error === undefined ? {} : { error: envelope.error }),
        allowReconnect: envelope.allowReconnect,
      };
    case MessageType.Ack:
      return { type: MessageType.Ack, sequenceId: required('sequenceId', envelope.sequenceId) };
    case MessageType.Sequence:
      return { type: MessageType.Sequence, sequenceId: required('sequenceId', envelope.sequenceId) };
    default:
      return UNKNOWN;
  }
}

function callOf<Type, Id>(type: Type, invocationId: Id, envelope: JsonEnvelope, isReadable: Readable) {
  const args = required('arguments', envelope.arguments);
  return {
    type,
    invocationId,
    target: required('target', envelope.target),
    arguments: args,
    streamIds: envelope.streamIds,
    unbindable: !isReadable(args),
    bytes: undefined,
  };
}

function itemOf(envelope: JsonEnvelope, isReadable: Readable): StreamItemMessage {
  const item = { type: MessageType.StreamItem, invocationId: idOf(envelope) } as const;
  // `JSON.stringify` leaves out an `undefined` that a client streams; in a list of arguments it writes null.
  if (!('item' in envelope)) return { ...item, item: null, isAbsent: true };
  return { ...item, item: envelope.item, ...bindability(envelope.item, isReadable) };
}

function bindability(value: unknown, isReadable: Readable): { readonly unbindable?: true } {
  return isReadable(value) ? {} : { unbindable: true };
}

function completionOf(envelope: JsonEnvelope, isReadable: Readable): ClientMessage {
  const { error, result } = envelope;
  const invocationId = idOf(envelope);
  if (error === undefined) {
    if (!('result' in envelope)) return { type: MessageType.Completion, invocationId };
    return { type: MessageType.Completion, invocationId, result, ...bindability(result, isReadable) };
  }
  if ('result' in envelope) throw new ProtocolError("The 'error' and 'result' properties are mutually exclusive.");
  return { type: MessageType.Completion, invocationId, error };
}

function idOf(envelope: JsonEnvelope): string {
  return required('invocationId', envelope.invocationId === '' ? undefined : envelope.invocationId);
}

/**
 * Names and ids are compared and written back, so unlike arguments they have to be valid Unicode.
 *
 * @throws {ProtocolError}
 */
function checkUnicode(envelope: JsonEnvelope): void {
  const used = [envelope.invocationId, envelope.target, envelope.error, ...envelope.streamIds];
  if (!used.every(isUnicode)) throw new ProtocolError('Error reading JSON: a name or an id is not valid Unicode.');
}

function textOf(message: ServerMessage): string {
  switch (message.type) {
    case MessageType.Invocation: {
      const { invocationId, target } = message;
      const id = invocationId === undefined ? '' : `,"invocationId":${JSON.stringify(invocationId)}`;
      return `{"type":1${id},"target":${JSON.stringify(target)},"arguments":[${message.arguments.map(jsonOf).join(',')}]}`;
    }
    case MessageType.StreamItem:
      return `{"type":2,"invocationId":${JSON.stringify(message.invocationId)},"item":${jsonOf(message.item)}}`;
    case MessageType.Completion: {
      const head = `{"type":3,"invocationId":${JSON.stringify(message.invocationId)}`;
      if (message.error !== undefined) return `${head},"error":${JSON.stringify(message.error)}}`;
      return 'result' in message ? `${head},"result":${jsonOf(message.result)}}` : `${head}}`;
    }
    case MessageType.Ping:
      return PING_RECORD;
    case MessageType.Close: {
      const error = message.error === undefined ? '' : `,"error":${JSON.stringify(message.error)}`;
      return `{"type":7${error}${message.allowReconnect === true ? ',"allowReconnect":true' : ''}}`;
    }
    case MessageType.Ack:
    case MessageType.Sequence:
      return `{"type":${message.type},"sequenceId":${message.sequenceId}}`;
  }
}
