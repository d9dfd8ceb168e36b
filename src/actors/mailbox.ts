import type { CallMessage } from '../hub/dispatcher.ts';
import { MAXIMUM_UPLOADS } from '../hub/method.ts';
import type { Codec } from '../protocol/codec.ts';
import { MessageType } from '../protocol/messages.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';
import { IdsInLine } from './ids-in-line.ts';
import { isCall, type Mail, type MailReader, type MailSource, type UploadMail } from './mail.ts';

/** How many parsed calls and items may wait in line; what follows them stays bytes, and the socket is paused. */
export const MAILBOX_ROOM = 100;

/**
 * The mail of one connection. Records are parsed only while there is room (pull parsing), so a client can be as fast as it
 * likes: past the room its own kernel holds the bytes.
 */
export class Mailbox implements MailSource {
  readonly #codec: Codec;
  readonly #input: RecordBuffer;
  readonly #maximumBytes: number;
  readonly #maximumUnread: number;
  readonly #reader: MailReader;
  #line: Mail[] = [];
  #first = 0;
  #cancelled: Set<CallMessage> | undefined;
  /** Made with the first upload. */
  #ids: IdsInLine | undefined;
  /** 'last': open, and what has arrived is all there will be. */
  #state: 'waiting' | 'open' | 'last' | 'closed' = 'waiting';
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

  /** How many calls and items wait in line. */
  get length(): number {
    return this.#line.length - this.#first;
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
  get isOver(): boolean {
    return this.#state === 'closed' && this.#ids?.isEmpty !== false;
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

  /** The client has left. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'last';
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
      while ((this.#state === 'open' || this.#state === 'last') && this.length < MAILBOX_ROOM) {
        const message = this.#codec.read(this.#input, this.#maximumBytes);
        if (message === undefined) {
          if (this.#state === 'last') this.#state = 'closed';
          break;
        }
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

  front(): Mail | undefined {
    return this.#line[this.#first];
  }

  shift(): void {
    const mail = this.#line[this.#first];
    if (mail === undefined) return;
    if (!isCall(mail)) this.#ids?.remove(mail.invocationId);
    else {
      this.#cancelled?.delete(mail);
      for (const id of idsOf(mail)) this.#ids?.remove(id);
    }
    this.#first += 1;
    if (this.#first === this.#line.length || this.#first >= MAILBOX_ROOM) {
      this.#line = this.#line.slice(this.#first);
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
    for (let at = this.#first; at < this.#line.length; at++) {
      const call = this.#line[at] as Mail;
      if (!isCall(call) || call.invocationId !== invocationId) continue;
      this.#cancelled ??= new Set();
      this.#cancelled.add(call);
      return true;
    }
    return false;
  }

  /** Nothing is parsed or kept any more. @returns how many calls were waiting. */
  discard(): number {
    const waiting = this.#line.slice(this.#first).filter(isCall).length;
    this.#state = 'closed';
    this.#line = [];
    this.#first = 0;
    this.#ids = undefined;
    this.#cancelled = undefined;
    this.#input.clear();
    return waiting;
  }

  #sort(message: NonNullable<ReturnType<Codec['read']>>): void {
    switch (message.type) {
      case MessageType.Invocation:
      case MessageType.StreamInvocation:
        this.#announce(idsOf(message));
        this.#line.push(message);
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
        this.#stream(message);
        return;
      case MessageType.Ack:
      case MessageType.Sequence:
        // They mean something only for a connection that negotiated stateful reconnect.
        return;
    }
  }

  #announce(streamIds: readonly string[]): void {
    if (streamIds.length === 0) return;
    this.#ids ??= new IdsInLine();
    for (const id of streamIds) this.#ids.add(id);
  }

  #stream(message: UploadMail): void {
    const id = message.invocationId;
    if (this.#ids?.has(id) !== true) {
      const delivered = this.#reader.streamed(message);
      if (delivered === 'unknown') this.#reader.unknownId();
      if (delivered !== 'full') return;
    }
    this.#ids ??= new IdsInLine();
    this.#ids.add(id);
    this.#line.push(message);
    this.#reader.called();
  }

  #regulate(): void {
    const isFull =
      this.#state === 'waiting'
        ? this.unread >= this.#maximumUnread
        : this.#state !== 'closed' && this.length >= MAILBOX_ROOM;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#reader.pause();
    else this.#reader.resume();
  }
}

const NONE: readonly string[] = [];

/** The streams that a call will open. One that names more than any method has will be refused: they are not kept in mind. */
function idsOf({ streamIds }: CallMessage): readonly string[] {
  return streamIds.length > MAXIMUM_UPLOADS ? NONE : streamIds;
}
