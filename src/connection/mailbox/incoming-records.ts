import type { Codec, ReadingLimits } from '../../protocol/codec.ts';
import type { IncomingSequence } from '../../protocol/incoming-sequence.ts';
import { type ClientMessage, isTracked, MessageType } from '../../protocol/messages.ts';
import type { RecordBuffer } from '../../protocol/record-buffer.ts';
import { ParsingShare } from './parsing-share.ts';
import type { Parser, ParsingTurns } from './parsing-turns.ts';

export interface IncomingRecordsParts {
  readonly codec: Codec;
  /** Contains the bytes that came behind the handshake. */
  readonly input: RecordBuffer;
  readonly limits: ReadingLimits;
  /** Whether messages need the length of their records (`rates.bytes`). */
  readonly countsBytes: boolean;
  readonly turns: ParsingTurns;
  /** With stateful reconnect: messages that were received before are skipped. */
  readonly sequence: IncomingSequence | undefined;
}

/** Records of one connection. They stay bytes until `next` asks for them, and each turn parses only a fair share. */
export class IncomingRecords {
  readonly #codec: Codec;
  readonly #input: RecordBuffer;
  readonly #limits: ReadingLimits;
  readonly #countsBytes: boolean;
  readonly #turns: ParsingTurns;
  readonly #sequence: IncomingSequence | undefined;
  readonly #parser: Parser;
  /** Made for the first bytes. */
  #share: ParsingShare | undefined;
  #isWaiting = false;
  #received = 0;
  #heard = false;
  #endInside = false;

  /** @param parser Called when the turn has come in which `next` may parse more. */
  constructor(parts: IncomingRecordsParts, parser: Parser) {
    this.#codec = parts.codec;
    this.#input = parts.input;
    this.#limits = parts.limits;
    this.#countsBytes = parts.countsBytes;
    this.#turns = parts.turns;
    this.#sequence = parts.sequence;
    this.#parser = parser;
  }

  /** Number of bytes that wait to be parsed. */
  get unread(): number {
    return this.#input.length;
  }
  /** Whether these bytes wait for a turn. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }
  /** Number of messages received, without repetitions. */
  get received(): number {
    return this.#received;
  }

  /** Whether the beginning of a record is all that has not been parsed. */
  get endInside(): boolean {
    return this.#endInside;
  }

  append(chunk: Buffer, endsMessage: boolean, isBinary: boolean): void {
    this.#input.append(chunk, endsMessage, isBinary);
  }

  /** Begins to parse. Call it before a series of calls of `next`. */
  begin(): void {
    if (this.#input.length > 0) this.#ownShare().begin(this.#input.length);
  }

  /** Parses the next message; undefined: none is complete, or its turn has not come. @throws {ProtocolError} */
  next(): ClientMessage | undefined {
    const input = this.#input;
    this.#endInside = false;
    for (;;) {
      const unread = input.length;
      if (unread === 0 || !this.#mayParse()) return undefined;
      const message = this.#codec.read(input, this.#limits);
      if (message === undefined) {
        this.#endInside = true;
        return undefined;
      }
      this.#heard = true;
      this.#share?.count(unread - input.length);
      if (this.#sequence !== undefined && isTracked(message.type) && !this.#sequence.take()) continue;
      this.#received += 1;
      if (this.#countsBytes) setBytes(message, unread - input.length);
      return message;
    }
  }

  /** Whether a record has been parsed since the last call. */
  hasHeard(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  /** Releases parsed chunks. Called when parsing pauses. */
  compact(): void {
    this.#input.compact();
  }

  /** Allows `next` to parse again: the turn has come. */
  goOn(): void {
    this.#isWaiting = false;
  }

  /** Drops all bytes that have not been parsed. */
  clear(): void {
    if (this.#isWaiting) this.#turns.leave(this.#parser);
    this.#isWaiting = false;
    this.#input.clear();
  }

  /** Sets the number of the next message. @throws {ProtocolError} when messages in between are missing. */
  restartAt(number: number): void {
    this.#sequence?.restart(number);
  }

  #ownShare(): ParsingShare {
    this.#share ??= new ParsingShare(this.#turns);
    return this.#share;
  }

  #mayParse(): boolean {
    if (this.#isWaiting) return false;
    if (this.#ownShare().isLeft) return true;
    this.#isWaiting = true;
    this.#turns.wait(this.#parser);
    return false;
  }
}

/** Notes the length of the record of a call or an item. */
function setBytes(message: ClientMessage, bytes: number): void {
  const { Invocation, StreamInvocation, StreamItem } = MessageType;
  const { type } = message;
  if (type === Invocation || type === StreamInvocation || type === StreamItem) message.bytes = bytes;
}
