import type { Codec, ReadingLimits } from '../../protocol/codec.ts';
import type { IncomingSequence } from '../../protocol/incoming-sequence.ts';
import { type ClientMessage, isTracked } from '../../protocol/messages.ts';
import type { RecordBuffer } from '../../protocol/record-buffer.ts';
import { ParsingShare } from './parsing-share.ts';
import type { Parser, ParsingTurns } from './parsing-turns.ts';

export interface IncomingRecordsParts {
  readonly codec: Codec;
  /** Bytes that came with the handshake are in it already. */
  readonly input: RecordBuffer;
  readonly limits: ReadingLimits;
  readonly turns: ParsingTurns;
  /** With stateful reconnect: what has been received already is skipped. */
  readonly sequence: IncomingSequence | undefined;
}

/** The records of one connection: bytes until somebody asks for them, and no more in one turn than others can bear. */
export class IncomingRecords {
  readonly #codec: Codec;
  readonly #input: RecordBuffer;
  readonly #limits: ReadingLimits;
  readonly #turns: ParsingTurns;
  readonly #sequence: IncomingSequence | undefined;
  readonly #parser: Parser;
  /** Made for the first bytes. */
  #share: ParsingShare | undefined;
  #isWaiting = false;
  #received = 0;
  #heard = false;
  #endInside = false;

  /** @param parser Told when the turn has come in which `next` finds more. */
  constructor(parts: IncomingRecordsParts, parser: Parser) {
    this.#codec = parts.codec;
    this.#input = parts.input;
    this.#limits = parts.limits;
    this.#turns = parts.turns;
    this.#sequence = parts.sequence;
    this.#parser = parser;
  }

  /** How many bytes wait to be parsed. */
  get unread(): number {
    return this.#input.length;
  }
  /** Whether those have to wait for a turn. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }
  /** How many messages have come, without repetitions. */
  get received(): number {
    return this.#received;
  }

  /** Whether everything has been parsed but the beginning of a record. */
  get endInside(): boolean {
    return this.#endInside;
  }

  append(chunk: Buffer): void {
    this.#input.append(chunk);
  }

  /** Begins to parse what has arrived, message by message. */
  begin(): void {
    if (this.#input.length > 0) this.#ownShare().begin(this.#input.length);
  }

  /** The next message; undefined when no whole one is there, or its turn has not come. @throws {ProtocolError} */
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
      return message;
    }
  }

  /** Whether any record has come since this was asked. */
  hasHeard(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  /** Lets go of chunks that have been parsed; to be called when parsing stops until later. */
  compact(): void {
    this.#input.compact();
  }

  /** The turn has come. */
  goOn(): void {
    this.#isWaiting = false;
  }

  /** Throws away what has not been parsed. */
  clear(): void {
    if (this.#isWaiting) this.#turns.leave(this.#parser);
    this.#isWaiting = false;
    this.#input.clear();
  }

  /** The next message has this number. @throws {ProtocolError} when some in between are missing. */
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
