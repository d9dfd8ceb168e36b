import { isUtf8 } from 'node:buffer';
import { decodeTimestampToTimeSpec, EXT_TIMESTAMP } from '@msgpack/msgpack';

/** As in JSON, counted from the record itself: an argument may hold 62 nested arrays. */
const MAXIMUM_DEPTH = 64;
const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** First bytes of values (MessagePack specification, "Formats"). Behind one that names a width stand the wider ones. */
const FIXMAP = 0x80;
const FIXARRAY = 0x90;
const FIXSTR = 0xa0;
const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN_8 = 0xc4;
const EXT_8 = 0xc7;
const FLOAT_32 = 0xca;
const FLOAT_64 = 0xcb;
const UINT_8 = 0xcc;
const INT_8 = 0xd0;
const FIXEXT_1 = 0xd4;
const STR_8 = 0xd9;
const ARRAY_16 = 0xdc;
const MAP_16 = 0xde;
const NEGATIVE_FIXINT = 0xe0;

/** Leaves the value that cannot be read, however deep in it that shows. */
class Unreadable extends Error {}

/**
 * The values of one record, one after the other. Nothing in it is believed: a length is compared with the bytes that are
 * left before anything is made of it, nesting is counted, text has to be Unicode.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(record: Buffer) {
    this.#bytes = record;
  }

  /** How many items the array has whose items come next; undefined when there is no such array. */
  arrayLength(): number | undefined {
    return this.#lengthOf(FIXARRAY, ARRAY_16, 1);
  }

  /** How many pairs the map has whose keys and values come next; undefined when there is no such map. */
  mapLength(): number | undefined {
    return this.#lengthOf(FIXMAP, MAP_16, 2);
  }

  /** A value that holds no others; undefined when there is none. */
  scalar(): unknown {
    return this.value(MAXIMUM_DEPTH + 1);
  }

  /**
   * Any value; undefined, which MessagePack does not have, when there is none, or none that JavaScript has.
   *
   * @param depth How deep a container would be that begins here; the record itself is 1.
   */
  value(depth: number): unknown {
    try {
      return this.#value(depth);
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
  }

  #value(depth: number): unknown {
    const head = this.#head();
    if (head < FIXMAP) return head;
    if (head < FIXARRAY) return this.#map(head - FIXMAP, depth);
    if (head < FIXSTR) return this.#array(head - FIXARRAY, depth);
    if (head < NIL) return this.#text(head - FIXSTR);
    if (head >= NEGATIVE_FIXINT) return head - 0x100;
    if (head >= MAP_16) return this.#map(this.#unsigned(2 << (head - MAP_16)), depth);
    if (head >= ARRAY_16) return this.#array(this.#unsigned(2 << (head - ARRAY_16)), depth);
    if (head >= STR_8) return this.#text(this.#unsigned(1 << (head - STR_8)));
    if (head >= FIXEXT_1) return this.#extension(1 << (head - FIXEXT_1));
    if (head >= INT_8) return this.#signed(1 << (head - INT_8));
    if (head >= UINT_8) return this.#unsigned(1 << (head - UINT_8));
    if (head === FLOAT_64) return this.#bytes.readDoubleBE(this.#skip(8));
    if (head === FLOAT_32) return this.#bytes.readFloatBE(this.#skip(4));
    if (head >= EXT_8) return this.#extension(this.#unsigned(1 << (head - EXT_8)));
    if (head >= BIN_8) return this.#binary(this.#unsigned(1 << (head - BIN_8)));
    if (head === NIL) return null;
    if (head === TRUE || head === FALSE) return head === TRUE;
    // 0xc1, which begins nothing.
    throw new Unreadable();
  }

  #lengthOf(small: number, sized: number, bytesEach: number): number | undefined {
    if (this.#left === 0) return undefined;
    const head = this.#head();
    const width = head === sized ? 2 : head === sized + 1 ? 4 : 0;
    if ((width === 0 && (head & 0xf0) !== small) || width > this.#left) return undefined;
    const length = width === 0 ? head - small : this.#unsigned(width);
    return length * bytesEach > this.#left ? undefined : length;
  }

  /** It grows with what is there: a length alone makes nothing. */
  #array(length: number, depth: number): unknown[] {
    checkDepth(depth);
    const items: unknown[] = [];
    for (let n = 0; n < length; n++) items.push(this.#value(depth + 1));
    return items;
  }

  /** Of a key that stands twice, the last value counts. As in JSON, any name makes a property of the map's own. */
  #map(length: number, depth: number): Record<string, unknown> {
    checkDepth(depth);
    const map: Record<string, unknown> = {};
    for (let n = 0; n < length; n++) {
      const key = this.#value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number') throw new Unreadable();
      const value = this.#value(depth + 1);
      if (key === '__proto__') {
        Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
      } else map[key] = value;
    }
    return map;
  }

  #text(length: number): string {
    const start = this.#skip(length);
    const text = this.#bytes.toString('utf8', start, this.#at);
    // Decoding puts it in the place of what is no UTF-8; but it may have been sent, too.
    if (text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(start, this.#at))) throw new Unreadable();
    return text;
  }

  /** A copy: its neighbours in the buffer are none of the hub's business, and would live as long as it does. */
  #binary(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#bytes.subarray(start, this.#at));
  }

  /** Only timestamps, which the specification itself defines. */
  #extension(length: number): Date {
    const type = this.#signed(1);
    const start = this.#skip(length);
    if (type === EXT_TIMESTAMP && (length === 4 || length === 8 || length === 12)) {
      const { sec, nsec } = decodeTimestampToTimeSpec(this.#bytes.subarray(start, this.#at));
      const date = new Date(sec * 1000 + Math.floor(nsec / 1_000_000));
      if (nsec < NANOSECONDS_PER_SECOND && !Number.isNaN(date.getTime())) return date;
    }
    throw new Unreadable();
  }

  /** Beyond 2^53 the nearest number that JavaScript has. */
  #unsigned(width: number): number {
    const at = this.#skip(width);
    if (width < 8) return this.#bytes.readUIntBE(at, width);
    return this.#bytes.readUInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  #signed(width: number): number {
    const at = this.#skip(width);
    if (width < 8) return this.#bytes.readIntBE(at, width);
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #head(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  /** Goes on behind so many bytes. @returns where they begin. */
  #skip(length: number): number {
    if (length > this.#left) throw new Unreadable();
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

function checkDepth(depth: number): void {
  if (depth > MAXIMUM_DEPTH) throw new Unreadable();
}
