import type { Codec } from '../../protocol/codec.ts';
import { CODECS } from '../../protocol/codecs.ts';
import type { Encoding } from '../../protocol/encoded-message.ts';
import { readInvocationRecord } from '../../protocol/read-invocation.ts';

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
    const message = record && readInvocationRecord(record, codec);
    if (message !== undefined && !message.unbindable)
      return missing.map((to) => ({ codec: to, bytes: to.write(message) }));
  }
  return undefined;
}
