import type { CloseMessage } from '../../protocol/messages.ts';
import type { Delivered, UploadMessage } from './queued-message.ts';

/** Callbacks of a Mailbox. What need not wait in its queue is handed over when it is parsed, whatever waits there. */
export interface MailboxListener {
  /** A message has been put into the queue. */
  queued(): void;
  /** An item or the end of an upload, or a client result. @throws {ProtocolError} when another connection was asked. */
  uploaded(message: UploadMessage): Delivered;
  pinged(): void;
  /** @returns whether a call runs that has this id. */
  cancelled(invocationId: string): boolean;
  /**
   * An item, an end, a client result or a cancellation for something that is not there.
   *
   * @throws {ProtocolError} when it never was, and that is once too often, or it is an item without an item.
   */
  unknownId(message: { readonly invocationId: string; readonly isAbsent?: true }): void;
  /** The client closes the connection. */
  closing(message: CloseMessage): void;
  /** The client has everything up to this number. */
  acknowledged(number: number): void;
  /** The bytes are no SignalR. Nothing behind them is read. */
  unreadable(error: unknown): void;
  /** At least one whole record has been parsed. */
  heard(): void;
  /** The bytes end inside a record. @param isAnother It is another one than the last time. */
  recordBegun(isAnother: boolean): void;
  /** The bytes do not end inside a record, or have not been parsed to their end. */
  noRecordBegun(): void;
  /** There is no room, or bytes wait for their turn: the transport is to be paused. */
  pause(): void;
  resume(): void;
}
