import { ProtocolError } from '../errors.ts';
import { arrayField, flagField, integerField, requiredText, skipHeaders, textField } from './messagepack-fields.ts';
import { MessagePackReader } from './messagepack-reader.ts';
import { unicode, writable } from './messagepack-values.ts';
import { type ClientMessage, type CompletionMessage, MessageType, type ServerMessage, UNKNOWN } from './messages.ts';

/** Kinds of completions (HubProtocol.md, "Completion Message Encoding"). */
const ResultKind = { Error: 1, Void: 2, NonVoid: 3 } as const;

/** Number of items of a call from a client without streams, which leaves out the last item. */
const ITEMS_WITHOUT_STREAMS = 5;
const ITEMS_WITHOUT_RECONNECT = 2;
/** Depth of the items of a record; the record itself is 1. */
const DEPTH = 2;

const NO_HEADERS = {};
const NONE: readonly string[] = [];

/**
 * Reads the message of one record. Items behind the known ones are not read, as in ASP.NET Core SignalR.
 *
 * @throws {ProtocolError} when the record is no message. Arguments, an item or a result that cannot be read are no such
 *   error: the message is `unbindable` then; also when the record holds more than `maximumValues`.
 */
export function messageOf(record: Buffer, maximumValues: number): ClientMessage {
  const reader = new MessagePackReader(record, maximumValues);
  const items = arrayField(reader, 'message');
  const type = integerField(reader, 'messageType', 'Int32');
  switch (type) {
    case MessageType.Invocation: {
      skipHeaders(reader);
      const invocationId = textField(reader, 'invocationId');
      return callOf(type, invocationId || undefined, reader, items, 'target for Invocation message');
    }
    case MessageType.StreamInvocation: {
      const invocationId = idOf(reader, 'StreamInvocation');
      return callOf(type, invocationId, reader, items, 'target for StreamInvocation message');
    }
    case MessageType.StreamItem: {
      const invocationId = idOf(reader, 'StreamItem');
      const item = reader.value(DEPTH);
      return { type, invocationId, ...(item === undefined ? { item: null, unbindable: true } : { item }) };
    }
    case MessageType.Completion:
      return completionOf(reader);
    case MessageType.CancelInvocation:
      return { type, invocationId: idOf(reader, 'CancelInvocation') };
    case MessageType.Ping:
      return { type };
    case MessageType.Close: {
      const error = textField(reader, 'error');
      const allowReconnect = items > ITEMS_WITHOUT_RECONNECT && flagField(reader, 'allowReconnect');
      return { type, ...(error === null ? {} : { error }), allowReconnect };
    }
    case MessageType.Ack:
    case MessageType.Sequence:
      return { type, sequenceId: integerField(reader, 'sequenceId', 'Int64') };
    default:
      return UNKNOWN;
  }
}

/** The items of a message's record, as ASP.NET Core SignalR writes them. @throws {SerializationError} */
export function itemsOf(message: ServerMessage): readonly unknown[] {
  const { type } = message;
  switch (type) {
    case MessageType.Invocation: {
      const { invocationId = null, target } = message;
      return [type, NO_HEADERS, invocationId, unicode(target), message.arguments.map(writable), NONE];
    }
    case MessageType.StreamItem:
      return [type, NO_HEADERS, message.invocationId, writable(message.item)];
    case MessageType.Completion: {
      const { invocationId, error } = message;
      if (error !== undefined) return [type, NO_HEADERS, invocationId, ResultKind.Error, unicode(error)];
      if (!('result' in message)) return [type, NO_HEADERS, invocationId, ResultKind.Void];
      return [type, NO_HEADERS, invocationId, ResultKind.NonVoid, writable(message.result)];
    }
    case MessageType.Ping:
      return [type];
    case MessageType.Close: {
      const { error, allowReconnect = false } = message;
      return [type, error === undefined ? null : unicode(error), allowReconnect];
    }
    case MessageType.Ack:
    case MessageType.Sequence:
      return [type, message.sequenceId];
  }
}

function callOf<Type, Id>(type: Type, invocationId: Id, reader: MessagePackReader, items: number, what: string) {
  const target = requiredText(reader, 'target', what);
  const args = reader.value(DEPTH);
  // The end of arguments that cannot be read is not known, so what follows them cannot be found.
  const streamIds = !Array.isArray(args) ? undefined : items > ITEMS_WITHOUT_STREAMS ? streamIdsOf(reader) : NONE;
  const unbindable = streamIds === undefined;
  const list: readonly unknown[] = unbindable ? NONE : (args as readonly unknown[]);
  return { type, invocationId, target, arguments: list, streamIds: streamIds ?? NONE, unbindable, bytes: undefined };
}

/** undefined: the record holds too many values. */
function streamIdsOf(reader: MessagePackReader): readonly string[] | undefined {
  const ids: string[] = [];
  const length = arrayField(reader, 'streamIds');
  if (reader.holdsTooMany) return undefined;
  for (let left = length; left > 0; left--) {
    ids.push(requiredText(reader, 'streamIds', 'value in streamIds received'));
  }
  return ids;
}

function completionOf(reader: MessagePackReader): CompletionMessage {
  const ended = { type: MessageType.Completion, invocationId: idOf(reader, 'Completion') };
  switch (integerField(reader, 'resultKind', 'Int32')) {
    case ResultKind.Error: {
      const error = textField(reader, 'error');
      return error === null ? ended : { ...ended, error };
    }
    case ResultKind.Void:
      return ended;
    case ResultKind.NonVoid: {
      const result = reader.value(DEPTH);
      return { ...ended, ...(result === undefined ? { result: null, unbindable: true } : { result }) };
    }
    default:
      throw new ProtocolError('Invalid invocation result kind.');
  }
}

/** Reads the headers and then the id of a message that needs one. */
function idOf(reader: MessagePackReader, kind: string): string {
  skipHeaders(reader);
  return requiredText(reader, 'invocationId', `invocation ID for ${kind} message`);
}
