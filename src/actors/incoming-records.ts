import type { Codec, ReadingLimits } from '../protocol/codec.ts';
import type { IncomingSequence } from '../protocol/incoming-sequence.ts';
import { type IncomingMessage, isTracked } from '../protocol/messages.ts';
import type { RecordBuffer } from '../protocol/record-buffer.ts';
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
  readonly #parts: IncomingRecordsParts;
  readonly #share: ParsingShare;
  readonly #parser: Parser;
  #isWaiting = false;
  #received = 0;
  #heard = false;
  #endInside = false;

  /** @param parser Told when the turn has come in which `next` finds more. */
  constructor(parts: IncomingRecordsParts, parser: Parser) {
    this.#parts = parts;
    this.#parser = parser;
    this.#share = new ParsingShare(parts.turns);
  }

  /** How many bytes wait to be parsed. */
  get unread(): number {
    return this.#parts.input.length;
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
    this.#parts.input.append(chunk);
  }

  /** What has arrived is going to be parsed, message by message. */
  begin(): void {
    this.#share.begin(this.unread);
  }

  /** The next message; undefined when no whole one is there, or its turn has not come. @throws {ProtocolError} */
  next(): IncomingMessage | undefined {
    const { codec, input, limits, sequence } = this.#parts;
    this.#endInside = false;
    while (this.#mayParse()) {
      const unread = input.length;
      const message = codec.read(input, limits);
      if (message === undefined) {
        this.#endInside = input.length > 0;
        return undefined;
      }
      this.#heard = true;
      this.#share.count(unread - input.length);
      if (sequence !== undefined && isTracked(message.type) && !sequence.take()) continue;
      this.#received += 1;
      return message;
    }
    return undefined;
  }

  /** Whether any record has come since this was asked. */
  hasHeard(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  /** Nothing is parsed for now: what waits is kept, and not the chunk that it came in. */
  compact(): void {
    this.#parts.input.compact();
  }

  /** The turn has come. */
  goOn(): void {
    this.#isWaiting = false;
  }

  /** What has not been parsed never will be. */
  clear(): void {
    if (this.#isWaiting) this.#parts.turns.leave(this.#parser);
    this.#isWaiting = false;
    this.#parts.input.clear();
  }

  /** The next message has this number. @throws {ProtocolError} when some in between are missing. */
  restartAt(number: number): void {
    this.#parts.sequence?.restart(number);
  }

  #mayParse(): boolean {
    if (this.#isWaiting) return false;
    if (this.#share.isLeft || this.unread === 0) return true;
    this.#isWaiting = true;
    this.#parts.turns.wait(this.#parser);
    return false;
  }
}
