import type { CallMessage } from '../hub/dispatcher.ts';
import type { Codec } from '../protocol/codec.ts';
import { type CloseMessage, MessageType } from '../protocol/messages.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';
import type { CallSource } from './calls.ts';

/** Who reads the mail. Everything but a call is handled when it is parsed, whatever waits. */
export interface MailReader {
  /** A call has been queued. */
  called(): void;
  pinged(): void;
  cancelled(invocationId: string): void;
  /** An item or an answer for something that does not exist. */
  unknownId(): void;
  closed(message: CloseMessage): void;
  /** The bytes are no SignalR. Nothing behind them is read. */
  violated(error: unknown): void;
  /** At least one whole record has been parsed. */
  heard(): void;
  pause(): void;
  resume(): void;
}

/** How many parsed calls may wait; what follows them stays bytes, and the socket is paused. */
export const MAILBOX_ROOM = 100;

/**
 * The mail of one connection. Records are parsed only while there is room (pull parsing), so a client can be as fast as it
 * likes: past the room its own kernel holds the bytes.
 */
export class Mailbox implements CallSource {
  readonly #codec: Codec;
  readonly #input: RecordBuffer;
  readonly #maximumBytes: number;
  readonly #maximumUnread: number;
  readonly #reader: MailReader;
  #calls: CallMessage[] = [];
  #first = 0;
  #cancelled: Set<CallMessage> | undefined;
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  #received = 0;
  #isParsing = false;
  #isPaused = false;

  /**
   * @param input Bytes that came with the handshake are in it already.
   * @param maximumUnread Bytes that may wait before `open`.
   */
  constructor(
    codec: Codec,
    input: RecordBuffer,
    limits: { readonly maximumBytes: number; readonly maximumUnread: number },
    reader: MailReader,
  ) {
    this.#codec = codec;
    this.#input = input;
    this.#maximumBytes = limits.maximumBytes;
    this.#maximumUnread = limits.maximumUnread;
    this.#reader = reader;
  }

  /** How many calls wait. */
  get length(): number {
    return this.#calls.length - this.#first;
  }
  /** How many bytes wait to be parsed. */
  get unread(): number {
    return this.#input.length;
  }
  /** How many messages have been parsed. */
  get received(): number {
    return this.#received;
  }
  get isPaused(): boolean {
    return this.#isPaused;
  }

  receive(chunk: Buffer): void {
    if (this.#state === 'closed') return;
    this.#input.append(chunk);
    this.parse();
  }

  /** The hub is ready: parsing begins. */
  open(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'open';
    this.parse();
  }

  /**
   * Parses while there is room. A call is offered at once, before what stands behind it is looked at, so that an honest
   * call in front of a broken record is still answered.
   */
  parse(): void {
    if (this.#isParsing) return;
    this.#isParsing = true;
    let heard = false;
    try {
      while (this.#state === 'open' && this.length < MAILBOX_ROOM) {
        const message = this.#codec.read(this.#input, this.#maximumBytes);
        if (message === undefined) break;
        heard = true;
        this.#received += 1;
        this.#sort(message);
      }
    } catch (error) {
      this.#state = 'closed';
      this.#reader.violated(error);
    } finally {
      this.#isParsing = false;
    }
    if (heard) this.#reader.heard();
    this.#regulate();
  }

  front(): CallMessage | undefined {
    return this.#calls[this.#first];
  }

  shift(): void {
    const call = this.#calls[this.#first];
    if (call === undefined) return;
    this.#cancelled?.delete(call);
    this.#first += 1;
    if (this.#first === this.#calls.length || this.#first >= MAILBOX_ROOM) {
      this.#calls = this.#calls.slice(this.#first);
      this.#first = 0;
    }
  }

  refill(): void {
    if (this.#input.length > 0 || this.#isPaused) this.parse();
  }

  wasCancelled(call: CallMessage): boolean {
    return this.#cancelled?.has(call) === true;
  }

  /** Marks a waiting call as cancelled. It is still made, since its caller waits for an answer. */
  cancel(invocationId: string): boolean {
    for (let at = this.#first; at < this.#calls.length; at++) {
      const call = this.#calls[at] as CallMessage;
      if (call.invocationId !== invocationId) continue;
      this.#cancelled ??= new Set();
      this.#cancelled.add(call);
      return true;
    }
    return false;
  }

  /** Nothing is parsed or kept any more. @returns how many calls were waiting. */
  discard(): number {
    const waiting = this.length;
    this.#state = 'closed';
    this.#calls = [];
    this.#first = 0;
    this.#cancelled = undefined;
    this.#input.clear();
    return waiting;
  }

  #sort(message: NonNullable<ReturnType<Codec['read']>>): void {
    switch (message.type) {
      case MessageType.Invocation:
      case MessageType.StreamInvocation:
        this.#calls.push(message);
        this.#reader.called();
        return;
      case MessageType.Ping:
        this.#reader.pinged();
        return;
      case MessageType.CancelInvocation:
        this.#reader.cancelled(message.invocationId);
        return;
      case MessageType.Close:
        this.#state = 'closed';
        this.#reader.closed(message);
        return;
      case MessageType.StreamItem:
      case MessageType.Completion:
        this.#reader.unknownId();
        return;
      case MessageType.Ack:
      case MessageType.Sequence:
        // They mean something only for a connection that negotiated stateful reconnect.
        return;
    }
  }

  #regulate(): void {
    const isFull =
      this.#state === 'open'
        ? this.length >= MAILBOX_ROOM
        : this.#state === 'waiting' && this.unread >= this.#maximumUnread;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#reader.pause();
    else this.#reader.resume();
  }
}
