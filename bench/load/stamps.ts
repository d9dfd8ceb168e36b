import type { Dialect } from './dialect.ts';
import { clientFrame, masked, payloadAt } from './frames.ts';

/** Begins the payload of every measured message. */
const MARK = '~';
const DIGITS = 10;
const ZERO = 0x30;
const BEGINNING = MARK + '0'.repeat(DIGITS);

/** A payload of so many bytes: the mark, room for the time, and filling. */
export function payloadOf(bytes: number): string {
  return BEGINNING.padEnd(bytes, 'x');
}

/** Where the mark stands in a message with such a payload; a length before it may look like the mark. */
export function markIn(message: Buffer): number {
  return message.indexOf(BEGINNING);
}

export const MARK_BYTE = MARK.charCodeAt(0);
/** The mark and the time behind it. */
export const STAMP_BYTES = BEGINNING.length;

/** The time on the generator's only clock, in microseconds since it began. */
export function now(): number {
  return Math.floor(performance.now() * 1_000);
}

/** The time at which the message was sent whose mark stands here. */
export function stampAt(bytes: Buffer, mark: number): number {
  let value = 0;
  for (let at = mark + 1; at <= mark + DIGITS; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

/** A message that is sent again and again: framed and masked once, then copied with another time in it. */
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

  /** `times` copies behind each other, all with this time. */
  bytes(time: number, times = 1): Buffer {
    const { length } = this.#frame;
    for (let at = this.#mark + DIGITS, rest = time; at > this.#mark; at--, rest = Math.floor(rest / 10))
      this.#frame[this.#payload + at] = masked(ZERO + (rest % 10), at);
    const copies = Buffer.allocUnsafe(length * times);
    for (let copy = 0; copy < times; copy++) copies.set(this.#frame, copy * length);
    return copies;
  }
}
