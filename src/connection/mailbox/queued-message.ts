import type { CallMessage } from '../../hub/dispatcher.ts';
import {
  type CloseMessage,
  type CompletionMessage,
  MessageType,
  type StreamItemMessage,
} from '../../protocol/messages.ts';

/** What belongs to a stream from the client: an item, or its end. */
export type UploadMessage = StreamItemMessage | CompletionMessage;

/** What may stand in line: calls, and what has to wait behind them. */
export type QueuedMessage = CallMessage | UploadMessage;

/** The fate of it: an upload, or a question, has it; its upload has no room for it; or nothing of that id is there. */
export type Delivered = 'taken' | 'full' | 'unknown';

export function isCall(mail: QueuedMessage): mail is CallMessage {
  return mail.type === MessageType.Invocation || mail.type === MessageType.StreamInvocation;
}

/** Who reads the mail. What need not stand in line is handled when it is parsed, whatever waits. */
export interface MailboxListener {
  /** Something stands in line. */
  called(): void;
  /** An item or the end of an upload, or the answer to a question. @throws {ProtocolError} when it answers another's. */
  streamed(mail: UploadMessage): Delivered;
  pinged(): void;
  cancelled(invocationId: string): void;
  /**
   * An item, an end, an answer or a cancellation of something that is not there.
   *
   * @throws {ProtocolError} when it never was, and that is once too often, or it is an item without an item.
   */
  unknownId(mail: { readonly invocationId: string; readonly isAbsent?: true }): void;
  closed(message: CloseMessage): void;
  /** The client has got everything up to this number. */
  acknowledged(number: number): void;
  /** The bytes are no SignalR. Nothing behind them is read. */
  violated(error: unknown): void;
  /** At least one whole record has been parsed. */
  heard(): void;
  /** The bytes end inside a record. @param isAnother It is another one than the last time. */
  recordBegun(isAnother: boolean): void;
  /** The bytes do not end inside a record, or have not been parsed to their end. */
  noRecordBegun(): void;
  /** There is no room, or bytes wait for their turn. */
  pause(): void;
  resume(): void;
}

/** The line, from which calls are taken. */
export interface CallSource {
  /** The oldest that waits. */
  front(): QueuedMessage | undefined;
  shift(): void;
  /** There may be room for more. */
  refill(): void;
  /** Whether the client has cancelled it already. */
  wasCancelled(call: CallMessage): boolean;
  /** Nothing for any upload comes any more. */
  readonly isOver: boolean;
  /** Bytes wait for their turn to be parsed, or are being parsed: there may be more to take. */
  readonly isWaiting: boolean;
}
