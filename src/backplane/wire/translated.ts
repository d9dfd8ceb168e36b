import type { Codec } from '../../protocol/codec.ts';
import { CODECS } from '../../protocol/codecs.ts';
import type { Encoding } from '../../protocol/encoded-message.ts';
import { type InvocationMessage, MessageType } from '../../protocol/messages.ts';
import { RecordBuffer } from '../../protocol/record-buffer.ts';

/** Values of a message that is read in order to be written anew. */
const MAXIMUM_VALUES = 1_000_000;

/**
 * Writes a message in further protocols, which the hub of the other node does not have: an option is being changed, one
 * node after the other.
 *
 * @param recordOf Finds the record of a protocol among those that the other node has sent.
 * @returns undefined when none of them can be read.
 */
export function translated(
  recordOf: (codec: Codec) => Buffer | undefined,
  missing: readonly Codec[],
): readonly Encoding[] | undefined {
  for (const codec of CODECS) {
    const record = recordOf(codec);
    const message = record && invocationOf(record, codec);
    if (message !== undefined) return missing.map((to) => ({ codec: to, bytes: to.write(message) }));
  }
  return undefined;
}

function invocationOf(record: Buffer, codec: Codec) {
  const input = new RecordBuffer(codec.recordsPerMessage);
  input.append(record, true);
  const limits = { maximumBytes: record.length, maximumValues: MAXIMUM_VALUES };
  const message = codec.read(input, limits) as InvocationMessage | undefined;
  if (message?.type !== MessageType.Invocation || message.unbindable) return undefined;
  const { invocationId, target, arguments: args } = message;
  const id = invocationId === undefined ? {} : { invocationId };
  return { type: MessageType.Invocation, target, arguments: args, ...id } as const;
}
