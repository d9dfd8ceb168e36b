import type { CloseMessage, MalformedMessage } from '../../protocol/messages.ts';
import type { Delivered, UploadMessage } from './queued-message.ts';

/** Callbacks of a Mailbox. Messages that need not wait are passed on when they are parsed, before queued ones. */
export interface MailboxListener {
  /** A message has been put into the queue. */
  queued(): void;
  /**
   * Takes an upload item, the end of an upload, or a client result. @throws {ProtocolError} on the result of another
   * client.
   */
  uploaded(message: UploadMessage): Delivered;
  /** A record is no message. @throws {ProtocolError} when there were too many of them. */
  malformed(message: MalformedMessage): void;
  pinged(): void;
  /** Cancels running calls. @returns whether one with this id runs. */
  cancelled(invocationId: string): boolean;
  /**
   * An item, an end, a client result or a cancellation has an id that is not in use.
   *
   * @throws {ProtocolError} when the client never had this id, and there were too many such ids, or the item is absent.
   */
  unknownId(message: { readonly invocationId: string; readonly isAbsent?: true }): void;
  /** The client closes the connection. */
  closing(message: CloseMessage): void;
  /** The client has received all messages up to this number. */
  acknowledged(number: number): void;
  /** The bytes are no valid record. Nothing behind them is parsed. */
  unreadable(error: unknown): void;
  /** At least one record has been parsed. */
  heard(): void;
  /** The bytes end inside a record. @param isAnother Whether it is another record than the last time. */
  recordBegun(isAnother: boolean): void;
  /** The bytes do not end inside a record, or are not yet parsed to their end. */
  noRecordBegun(): void;
  /** Pauses the transport: there is no room, or bytes wait for their turn. */
  pause(): void;
  resume(): void;
}
