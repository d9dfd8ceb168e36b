import type { ClientMessage, ServerMessage } from './messages.ts';
import type { RecordBuffer } from './record-buffer.ts';

/** The hub protocols, by the names that the handshake asks for. */
export type ProtocolName = 'json' | 'messagepack';

/** How much one record of a client may be. */
export interface ReadingLimits {
  /** The longest record, framing included. */
  readonly maximumBytes: number;
  /** The values that it may hold; a call or an item with more cannot be read (`unbindable`). */
  readonly maximumValues: number;
}

/**
 * A hub protocol: what bytes mean. Knows no connection, no transport and no hub; bytes in, messages out.
 */
export interface Codec {
  readonly name: ProtocolName;
  readonly transferFormat: 'Text' | 'Binary';

  /**
   * Takes the next message out of `input`; undefined when no whole record is there. A record of an unknown type, which the
   * specification asks to skip for the sake of future types, is one message too: looking at it has cost something.
   *
   * @throws {ProtocolError} when the record is no message; `MessageTooLargeError` when it is longer than allowed.
   */
  read(input: RecordBuffer, limits: ReadingLimits): ClientMessage | undefined;

  /**
   * The record, framing included.
   *
   * @throws {SerializationError} when an argument or a result cannot be written.
   */
  write(message: ServerMessage): Buffer;
}
