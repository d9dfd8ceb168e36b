import type { CallMessage } from '../../hub/dispatcher.ts';
import { type ClientMessage, MessageType } from '../../protocol/messages.ts';
import type { Backlog } from './backlogs.ts';
import type { CallSource } from './call-source.ts';
import { IncomingRecords, type IncomingRecordsParts } from './incoming-records.ts';
import type { MailboxListener } from './mailbox-listener.ts';
import { MessageQueue } from './message-queue.ts';
import type { Parser } from './parsing-turns.ts';
import type { QueuedMessage, UploadMessage } from './queued-message.ts';

/**
 * Maximum of parsed calls and items in the queue. What follows stays bytes, and the socket is paused. A few heavy
 * messages fill it, too (`BACKLOG_BYTES`).
 */
export const MAILBOX_ROOM = 100;

export interface MailboxParts extends IncomingRecordsParts {
  /** Counts what waits, here and in the uploads of the connection. */
  readonly backlog: Backlog;
  /** Bytes that may wait before `open`. */
  readonly maximumUnread: number;
}

/**
 * Incoming messages of one connection. Records are parsed only while there is room (pull parsing). A client may send as
 * fast as it likes: when there is no room, the bytes stay in the sockets and in the client.
 */
export class Mailbox implements CallSource, Parser {
  readonly #records: IncomingRecords;
  readonly #backlog: Backlog;
  readonly #maximumUnread: number;
  readonly #listener: MailboxListener;
  /** Made for the first message that waits. */
  #queue: MessageQueue | undefined;
  /** 'last': open, and nothing more will arrive. */
  #state: 'waiting' | 'open' | 'last' | 'closed' = 'waiting';
  #isParsing = false;
  #isFull = false;
  #isPaused = false;

  constructor(parts: MailboxParts, listener: MailboxListener) {
    this.#records = new IncomingRecords(parts, this);
    this.#backlog = parts.backlog;
    this.#maximumUnread = parts.maximumUnread;
    this.#listener = listener;
  }

  /** Number of calls and items in the queue. */
  get length(): number {
    return this.#queue?.length ?? 0;
  }
  /** Weight of these, in bytes. */
  get weight(): number {
    return this.#queue?.weight ?? 0;
  }
  /** Number of bytes that wait to be parsed. */
  get unread(): number {
    return this.#records.unread;
  }
  /** Number of messages received. */
  get received(): number {
    return this.#records.received;
  }
  get isPaused(): boolean {
    return this.#isPaused;
  }
  get isWaiting(): boolean {
    return this.#records.isWaiting || (this.#isParsing && this.unread > 0);
  }
  get isOver(): boolean {
    return this.#state === 'closed' && this.#queue?.hasUploads !== true;
  }
  /** Whether one more message may be parsed. true with an empty queue: a full upload blocks only its own items. */
  get #hasRoom(): boolean {
    return this.length === 0 || (this.length < MAILBOX_ROOM && !this.#backlog.isFull);
  }

  receive(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void {
    if (this.#state === 'closed') return;
    this.#records.append(chunk, endsMessage, isBinary);
    this.parse();
  }

  /** Drops unparsed bytes: the client sends them again by another transport. */
  restart(): void {
    this.#records.clear();
    this.#regulate();
  }

  /** Begins to parse: `onConnected` has resolved. */
  open(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'open';
    this.parse();
  }

  /** Marks the end of the input: the client has left. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'last';
    this.parse();
  }

  /** Parses bytes that waited for this turn. */
  parseOn(): void {
    this.#records.goOn();
    this.parse();
    this.#listener.queued();
  }

  /**
   * Parses while there is room, as much as this turn allows. A call is queued before the record behind it is parsed, so
   * a valid call in front of an invalid record is still answered.
   */
  parse(): void {
    if (this.#isParsing) return;
    this.#isParsing = true;
    this.#records.begin();
    try {
      while ((this.#state === 'open' || this.#state === 'last') && this.#hasRoom) {
        const message = this.#records.next();
        if (message === undefined) {
          if (this.#state === 'last' && !this.#records.isWaiting) this.#state = 'closed';
          break;
        }
        this.#sort(message);
      }
    } catch (error) {
      this.#state = 'closed';
      this.#listener.unreadable(error);
    } finally {
      this.#isParsing = false;
    }
    const heard = this.#records.hasHeard();
    if (heard) this.#listener.heard();
    if (this.#state === 'open' && this.#records.endInside) this.#listener.recordBegun(heard);
    else this.#listener.noRecordBegun();
    this.#records.compact();
    this.#regulate();
    this.#backlog.enforce();
  }

  front(): QueuedMessage | undefined {
    return this.#queue?.front;
  }

  shift(): void {
    this.#queue?.shift();
  }

  refill(): void {
    if (!this.#isParsing && (this.unread > 0 || this.#isPaused)) this.parse();
  }

  wasCancelled(call: CallMessage): boolean {
    return this.#queue?.wasCancelled(call) === true;
  }

  /** Closes the mailbox and drops everything. @returns the number of calls that were waiting. */
  discard(): number {
    const waiting = this.#queue?.calls ?? 0;
    this.#state = 'closed';
    this.#queue?.drop();
    this.#queue = undefined;
    this.#records.clear();
    this.#backlog.unread = 0;
    return waiting;
  }

  #sort(message: ClientMessage): void {
    switch (message.type) {
      case MessageType.Invocation:
      case MessageType.StreamInvocation:
        this.#enqueue(message);
        return;
      case MessageType.Ping:
        this.#listener.pinged();
        return;
      case MessageType.CancelInvocation:
        if (!this.#listener.cancelled(message.invocationId) && !this.#cancel(message.invocationId)) {
          this.#listener.unknownId(message);
        }
        return;
      case MessageType.Close:
        this.#state = 'closed';
        this.#listener.closing(message);
        return;
      case MessageType.StreamItem:
      case MessageType.Completion:
        this.#takeUpload(message);
        return;
      // These two have a meaning with stateful reconnect only.
      case MessageType.Ack:
        this.#listener.acknowledged(message.sequenceId);
        return;
      case MessageType.Sequence:
        this.#records.restartAt(message.sequenceId);
        return;
      case MessageType.Malformed:
        this.#listener.malformed(message);
        return;
      case MessageType.Unknown:
        return;
    }
  }

  /** Marks a waiting call as cancelled. It runs all the same, because the client waits for a reply. */
  #cancel(invocationId: string): boolean {
    return this.#queue?.cancel(invocationId) === true;
  }

  #takeUpload(message: UploadMessage): void {
    // If its call, or an earlier item, is queued, it must be queued behind that.
    if (this.#queue?.hasUpload(message.invocationId) !== true) {
      const delivered = this.#listener.uploaded(message);
      if (delivered === 'unknown') this.#listener.unknownId(message);
      if (delivered !== 'full') {
        this.#backlog.enforce();
        return;
      }
    }
    this.#enqueue(message);
  }

  #enqueue(message: QueuedMessage): void {
    this.#queue ??= new MessageQueue(this.#backlog);
    this.#queue.push(message);
    this.#listener.queued();
    // Most calls have been taken by now, and need no weight.
    if (this.length === 0) return;
    this.#queue?.weigh();
    this.#backlog.enforce();
  }

  #regulate(): void {
    this.#backlog.unread = this.unread;
    this.#isFull =
      this.#state === 'waiting' ? this.unread >= this.#maximumUnread : this.#state !== 'closed' && !this.#hasRoom;
    const isPaused = this.#isFull || this.#records.isWaiting;
    if (isPaused !== this.#isPaused) {
      this.#isPaused = isPaused;
      if (isPaused) this.#listener.pause();
      else this.#listener.resume();
    }
  }
}
