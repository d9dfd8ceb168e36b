import type { CloseReasonName } from './close.ts';
import type { ClientMessage, ServerMessage } from './messages.ts';
import type { GroupPosition } from './position.ts';
import type { RecordBuffer } from './record-buffer.ts';
import type { RecordLayout } from './record-layout.ts';

/** Limits of one record of a client. */
export interface ReadingLimits {
  /** Bytes of the longest record, framing included. */
  readonly maximumBytes: number;
  /** Number of values that it may hold; a call or an item with more cannot be read (`unbindable`). */
  readonly maximumValues: number;
}

/**
 * A protocol: bytes to messages and messages to bytes. Knows no connection, no transport and no hub.
 */
export interface Codec extends RecordLayout {
  /** Name of the protocol, as in the handshake and in session records. */
  readonly name: string;
  /**
   * 'records': each side sends pings, which are records. 'transport': the server sends pings of the transport, which
   * every client answers.
   */
  readonly keepAlive: 'records' | 'transport';
  /** Whether clients only listen: whatever else they send means nothing, and ends no connection. Default: false. */
  readonly isListenOnly?: boolean;
  /**
   * Of the variant for clients that ask for the positions of messages: the codec that it is a variant of. Messages are
   * encoded for that one only. Absent: the codec is no variant.
   */
  readonly base?: Codec;

  /**
   * Takes the next message out of `input`; undefined when there is no whole record. A record of an unknown type, which
   * has to be skipped by the specification, for future types, counts as one message, too: reading it has cost time.
   *
   * @throws {ProtocolError} when the record is no message; {MessageTooLargeError} when it is longer than allowed.
   */
  read(input: RecordBuffer, limits: ReadingLimits): ClientMessage | undefined;

  /**
   * Returns the record of a message, framing included.
   *
   * @throws {SerializationError} when an argument or a result cannot be written.
   */
  write(message: ServerMessage): Buffer;

  /**
   * Writes the moment of its commit into a record that was made before. Absent: records have no moment.
   *
   * @param at Milliseconds since 1970.
   */
  stamp?(record: Buffer, at: number): void;

  /**
   * Returns the record of an invocation with the headers of its position. The arguments are not encoded again. A record
   * that this codec has not written is returned as it is: another node may have sent anything. Absent: records have no
   * headers.
   */
  writePosition?(record: Buffer, at: GroupPosition): Buffer;

  /** Code of the close frame for a reason. Absent: as in ASP.NET Core SignalR. */
  closeCode?(reason: CloseReasonName): number;
}

/** The codec that messages are encoded for, so that they can be written with this one. */
export function baseOf(codec: Codec): Codec {
  return codec.base ?? codec;
}
