import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import type { Framing } from '../transports/transport.ts';

interface Framed {
  readonly framing: Framing;
  readonly codec: Codec;
  readonly bytes: Buffer;
}

/**
 * The messages that a lane has received since its last flush, as a path through a tree: lanes that received the same
 * messages in the same order have the same node. So a broadcast is concatenated and framed once, however many
 * connections it goes to, and every socket gets the same buffer.
 *
 * The root is the empty run. Only lanes keep nodes: after each flush there is a new root.
 */
export class Run {
  readonly #parent: Run | undefined;
  readonly #message: EncodedMessage | undefined;
  /** Number of messages. */
  readonly length: number;
  /** Only the newest continuation is remembered: a broadcast asks for the same one again and again. */
  #next: Run | undefined;
  /** One for each pair of framing and codec that was asked for: a handful. */
  #framed: Framed[] | undefined;

  private constructor(parent: Run | undefined, message: EncodedMessage | undefined) {
    this.#parent = parent;
    this.#message = message;
    this.length = parent === undefined ? 0 : parent.length + 1;
  }

  static root(): Run {
    return new Run(undefined, undefined);
  }

  /** This run and one more message. */
  with(message: EncodedMessage): Run {
    if (this.#next === undefined || this.#next.#message !== message) {
      this.#next = new Run(this, message);
      // Lanes at this node mostly go on to the longer run. The frame must not live as long as that; it can be made
      // again.
      this.#framed = undefined;
    }
    return this.#next;
  }

  /** The messages in their order. */
  messages(): EncodedMessage[] {
    const messages: EncodedMessage[] = [];
    for (let run: Run | undefined = this; run !== undefined; run = run.#parent) {
      if (run.#message !== undefined) messages.push(run.#message);
    }
    return messages.reverse();
  }

  /** All messages as one frame. */
  frame(framing: Framing, codec: Codec): Buffer {
    this.#framed ??= [];
    for (const known of this.#framed) if (known.framing === framing && known.codec === codec) return known.bytes;
    const bytes = frameOf(this.messages(), framing, codec);
    this.#framed.push({ framing, codec, bytes });
    return bytes;
  }
}

export function frameOf(messages: readonly EncodedMessage[], framing: Framing, codec: Codec): Buffer {
  let length = 0;
  const records = messages.map((message) => {
    const bytes = message.bytes(codec);
    length += bytes.length;
    return bytes;
  });
  return framing.frame(records, length);
}
