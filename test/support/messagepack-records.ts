// MessagePack as a client speaks it, without any code of ours. Records are composed by hand with the library, and read
// with the official client's codec.
import { type HubMessage, NullLogger } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { encode } from '@msgpack/msgpack';
import type { SentRecord } from '../../src/testing/client-protocol.ts';

const official = new MessagePackHubProtocol();

/** Adds the length before a record, seven bits in each byte. */
export function prefixed(record: Uint8Array): Buffer {
  const prefix: number[] = [];
  let rest = record.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) prefix.push(128 + (rest % 128));
  return Buffer.concat([Buffer.from([...prefix, rest]), record]);
}

/** An array that is no message, or nearly one. */
export function packed(...items: readonly unknown[]): Buffer {
  return prefixed(encode(items));
}

export function packedRecord(record: SentRecord): Buffer {
  const { type, invocationId = null, target, sequenceId, error = null } = record;
  const { arguments: args = [], streamIds } = record;
  switch (type) {
    case 1:
    case 4:
      return packed(type, {}, invocationId, target, args, ...(streamIds === undefined ? [] : [streamIds]));
    case 2:
      return packed(type, {}, invocationId, record.item);
    case 3:
      if (error !== null) return packed(type, {}, invocationId, 1, error);
      return 'result' in record ? packed(type, {}, invocationId, 3, record.result) : packed(type, {}, invocationId, 2);
    case 5:
      return packed(type, {}, invocationId);
    case 7:
      return packed(type, error, record.allowReconnect ?? false);
    case 8:
    case 9:
      return packed(type, sequenceId);
    default:
      return packed(type);
  }
}

/**
 * A record of a server, laid out as ASP.NET Core SignalR does: streams of an invocation are always there, integers and
 * texts are as short as possible.
 */
export function packedByServer(record: SentRecord): Buffer {
  const { type, streamIds = [] } = record;
  return packedRecord(type === 1 ? { ...record, streamIds } : record);
}

/** Records of one WebSocket message. @throws when it does not consist of whole records. */
export function officiallyRead(bytes: Uint8Array): HubMessage[] {
  const copy = new Uint8Array(bytes).buffer;
  return official.parseMessages(copy, NullLogger.instance);
}

export function officiallyWritten(message: HubMessage): Buffer {
  return Buffer.from(official.writeMessage(message));
}
