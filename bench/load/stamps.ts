import type { Dialect } from './dialect.ts';
import { clientFrame, masked, payloadAt } from './frames.ts';

/** First character of the payload of every measured message. */
const MARK = '~';
const DIGITS = 10;
const ZERO = 0x30;
const BEGINNING = MARK + '0'.repeat(DIGITS);

/** A payload with this number of bytes: the mark, room for the time, and padding. */
export function payloadOf(bytes: number): string {
  return BEGINNING.padEnd(bytes, 'x');
}

/** Position of the mark in a message with such a payload. A length prefix before it may look like the mark. */
export function markIn(message: Buffer): number {
  return message.indexOf(BEGINNING);
}

export const MARK_BYTE = MARK.charCodeAt(0);
/** Length of the mark and the time behind it. */
export const STAMP_BYTES = BEGINNING.length;

/** The time of the generator's clock, in microseconds since its start. */
export function now(): number {
  return Math.floor(performance.now() * 1_000);
}

/** The time at which a message was sent, read behind its mark. */
export function stampAt(bytes: Buffer, mark: number): number {
  let value = 0;
  for (let at = mark + 1; at <= mark + DIGITS; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

/** A message that is sent many times: framed and masked once, then copied with a new time. */
export class StampedFrame {
  readonly #frame: Buffer;
  readonly #payload: number;
  readonly #mark: number;

  constructor(dialect: Dialect, message: string) {
    const bytes = Buffer.from(message, 'latin1');
    this.#frame = clientFrame(bytes, dialect.opcode);
    this.#payload = payloadAt(bytes.length);
    this.#mark = markIn(bytes);
  }

  /** `times` successive copies, all with this time. */
  bytes(time: number, times = 1): Buffer {
    const { length } = this.#frame;
    for (let at = this.#mark + DIGITS, rest = time; at > this.#mark; at--, rest = Math.floor(rest / 10))
      this.#frame[this.#payload + at] = masked(ZERO + (rest % 10), at);
    const copies = Buffer.allocUnsafe(length * times);
    for (let copy = 0; copy < times; copy++) copies.set(this.#frame, copy * length);
    return copies;
  }
}
