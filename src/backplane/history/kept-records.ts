import type { KeptMessage } from '../../hub/history.ts';
import type { Codec } from '../../protocol/codec.ts';
import type { Position } from '../../protocol/position.ts';
import { readInvocationRecord } from '../../protocol/read-invocation.ts';

/** What is known of a kept message beside its record. */
export interface KeptInfo {
  readonly position: Position;
  readonly messageId: string | undefined;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

/** The protocol whose record tells the arguments of a kept message: MessagePack, if the hub has it, has bytes and dates. */
export function tellingCodec(codecs: readonly Codec[]): Codec {
  return codecs.find(({ transferFormat }) => transferFormat === 'Binary') ?? (codecs[0] as Codec);
}

/** A message of a history, as authors get it. @param record undefined: it was removed, or cannot be read. */
export function keptMessage(info: KeptInfo, record: Buffer | undefined, codec: Codec): KeptMessage {
  const { position, messageId, sentAt } = info;
  const read = record && readQuietly(record, codec);
  if (read === undefined)
    return Object.freeze({ position, messageId, method: '', args: Object.freeze([]), sentAt, removed: true as const });
  return Object.freeze({ position, messageId, method: read.target, args: Object.freeze([...read.arguments]), sentAt });
}

/** What comes from elsewhere may be anything, and codecs throw for what is no message. */
function readQuietly(record: Buffer, codec: Codec): ReturnType<typeof readInvocationRecord> {
  try {
    return readInvocationRecord(record, codec);
  } catch {
    return undefined;
  }
}
