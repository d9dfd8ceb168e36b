import type { Codec } from './codec.ts';
import { type InvocationMessage, MessageType } from './messages.ts';
import { RecordBuffer } from './record-buffer.ts';

/** Values of a message that is read in order to be written anew, or to be kept. */
const MAXIMUM_VALUES = 1_000_000;

/**
 * Reads a record of an invocation that a server has written. `unbindable` is as in `InvocationMessage`.
 *
 * @returns undefined when it is none. @throws what the codec throws for a record that is no message.
 */
export function readInvocationRecord(record: Buffer, codec: Codec) {
  const input = new RecordBuffer(codec.recordsPerMessage);
  input.append(record, true);
  const limits = { maximumBytes: record.length, maximumValues: MAXIMUM_VALUES };
  const message = codec.read(input, limits) as InvocationMessage | undefined;
  if (message?.type !== MessageType.Invocation) return undefined;
  const { invocationId, target, arguments: args, unbindable } = message;
  const id = invocationId === undefined ? {} : { invocationId };
  return { type: MessageType.Invocation, target, arguments: args, unbindable, ...id } as const;
}
