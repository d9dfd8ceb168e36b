import type { ResolvedHubOptions } from '../hub/hub-options.ts';
import type { Codec } from '../protocol/codec.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { failureOf, parseHandshake, refusalOf } from '../protocol/handshake.ts';
import { readRecord } from '../protocol/json.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';

export type GreetingOutcome = { readonly codec: Codec } | { readonly refusal: string };

/**
 * The handshake: what the first record of a connection asks for. undefined while it is unfinished.
 *
 * @param input What has arrived; what stands behind the first record is left in it.
 */
export function greet(
  input: RecordBuffer,
  codecs: readonly Codec[],
  options: Pick<ResolvedHubOptions, 'maximumReceiveMessageBytes' | 'detailedErrors'>,
): GreetingOutcome | undefined {
  try {
    const record = readRecord(input, options.maximumReceiveMessageBytes);
    if (record === undefined) return undefined;
    const request = parseHandshake(record);
    const names = codecs.map((codec) => codec.name);
    const refusal = refusalOf(request, names);
    if (refusal !== undefined) return { refusal };
    return { codec: codecs[names.indexOf(request.protocol.toLowerCase() as Codec['name'])] as Codec };
  } catch (error) {
    // The original's words, also for a record that is too long.
    if (error instanceof MessageTooLargeError) return { refusal: errorTexts.handshakeCanceled };
    return { refusal: failureOf(error, options.detailedErrors) };
  }
}
