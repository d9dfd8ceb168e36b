import { isUtf8 } from 'node:buffer';
import { decodeTimestampToTimeSpec, EXT_TIMESTAMP } from '@msgpack/msgpack';

/** As in JSON, counted from the record itself: an argument may hold 62 nested arrays. */
const MAXIMUM_DEPTH = 64;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const TIMESTAMP_BYTES: ReadonlySet<number | undefined> = new Set([4, 8, 12]);

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

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const HIGHEST_INDEX = 2 ** 32 - 2;
/** V8 gives an array that grows room for sixteen more. */
const SHORT_LIST = 15;
/** Bytes; up to here, reading a text byte by byte costs less than a call of Node's decoder. Ids and most targets are such. */
const SHORT_TEXT = 8;

/**
 * The values of one record, one after the other. Nothing in it is believed: a length is compared with the bytes that are
 * left before anything is made of it, nesting is counted, text has to be Unicode. What cannot be read is undefined, at any
 * depth: nothing is thrown, since clients could have that done a hundred thousand times in a message.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  readonly #maximumValues: number;
  #at = 0;
  /** How many values there are in what has begun, by what it says of itself; the record is one. */
  #values = 1;

  /** @param maximumValues A value that takes the record beyond so many cannot be read. */
  constructor(record: Buffer, maximumValues: number) {
    this.#bytes = record;
    this.#maximumValues = maximumValues;
  }

  /** How many items the array has whose items come next; undefined when there is no such array. */
  arrayLength(): number | undefined {
    return this.#lengthOf(FIXARRAY, ARRAY_16, 1);
  }

  /** How many pairs the map has whose keys and values come next; undefined when there is no such map. */
  mapLength(): number | undefined {
    return this.#lengthOf(FIXMAP, MAP_16, 2);
  }

  /** Whether the record holds more values than allowed, as far as it has been read. */
  get holdsTooMany(): boolean {
    return this.#values > this.#maximumValues;
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
    const head = this.#head();
    if (head === undefined) return undefined;
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
    if (head === FLOAT_64) return this.#float(8);
    if (head === FLOAT_32) return this.#float(4);
    if (head >= EXT_8) return this.#extension(this.#unsigned(1 << (head - EXT_8)));
    if (head >= BIN_8) return this.#binary(this.#unsigned(1 << (head - BIN_8)));
    if (head === NIL) return null;
    if (head === TRUE || head === FALSE) return head === TRUE;
    // 0xc1, which begins nothing.
    return undefined;
  }

  #lengthOf(small: number, sized: number, bytesEach: number): number | undefined {
    if (this.#left === 0) return undefined;
    const head = this.#head() as number;
    const width = head === sized ? 2 : head === sized + 1 ? 4 : 0;
    if (width === 0 && (head & 0xf0) !== small) return undefined;
    const length = width === 0 ? head - small : this.#unsigned(width);
    if (length === undefined || length * bytesEach > this.#left) return undefined;
    this.#values += length;
    return length;
  }

  /** A long one grows with what is there: a length alone makes nothing. A short one has the room that it needs, and no more. */
  #array(length: number | undefined, depth: number): unknown[] | undefined {
    if (!this.#mayEnter(length, depth)) return undefined;
    const items: unknown[] = length <= SHORT_LIST ? new Array(length) : [];
    for (let n = 0; n < length; n++) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items[n] = item;
    }
    return items;
  }

  /** Of a key that stands twice, the last value counts. As in JSON, any name makes a property of the map's own. */
  #map(length: number | undefined, depth: number): Record<string, unknown> | undefined {
    if (!this.#mayEnter(length, depth)) return undefined;
    const map: Record<string, unknown> = {};
    let isSparse = false;
    for (let n = 0; n < length; n++) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' && typeof key !== 'number') return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      if (!isSparse && isIndex(key)) {
        makeSparse(map);
        isSparse = true;
      }
      if (key === '__proto__') {
        Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
      } else map[key] = value;
    }
    return map;
  }

  /** Whether a list or a map of that length may be read. */
  #mayEnter(length: number | undefined, depth: number): length is number {
    if (length === undefined || depth > MAXIMUM_DEPTH) return false;
    this.#values += length;
    return !this.holdsTooMany;
  }

  #text(length: number | undefined): string | undefined {
    const start = this.#skip(length);
    if (start === undefined) return undefined;
    const ascii = (length as number) <= SHORT_TEXT ? this.#shortAscii(start) : undefined;
    if (ascii !== undefined) return ascii;
    const text = this.#bytes.toString('utf8', start, this.#at);
    // Decoding puts it in the place of what is no UTF-8; but it may have been sent, too.
    return text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(start, this.#at)) ? undefined : text;
  }

  /** The text from there to where the reader is; undefined when it is not all ASCII. */
  #shortAscii(start: number): string | undefined {
    let text = '';
    for (let at = start; at < this.#at; at++) {
      const byte = this.#bytes[at] as number;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A copy: its neighbours in the buffer are none of the hub's business, and would live as long as it does. */
  #binary(length: number | undefined): Uint8Array | undefined {
    const start = this.#skip(length);
    return start === undefined ? undefined : new Uint8Array(this.#bytes.subarray(start, this.#at));
  }

  /** Only timestamps, which the specification itself defines. */
  #extension(length: number | undefined): Date | undefined {
    const type = this.#signed(1);
    const start = this.#skip(length);
    if (start === undefined || type !== EXT_TIMESTAMP || !TIMESTAMP_BYTES.has(length)) return undefined;
    const { sec, nsec } = decodeTimestampToTimeSpec(this.#bytes.subarray(start, this.#at));
    const date = new Date(sec * 1000 + Math.floor(nsec / 1_000_000));
    return nsec < NANOSECONDS_PER_SECOND && !Number.isNaN(date.getTime()) ? date : undefined;
  }

  /** Beyond 2^53 the nearest number that JavaScript has. */
  #unsigned(width: number): number | undefined {
    const at = this.#skip(width);
    if (at === undefined) return undefined;
    if (width < 8) return this.#bytes.readUIntBE(at, width);
    return this.#bytes.readUInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  #signed(width: number): number | undefined {
    const at = this.#skip(width);
    if (at === undefined) return undefined;
    if (width < 8) return this.#bytes.readIntBE(at, width);
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  #float(width: 4 | 8): number | undefined {
    const at = this.#skip(width);
    if (at === undefined) return undefined;
    return width === 8 ? this.#bytes.readDoubleBE(at) : this.#bytes.readFloatBE(at);
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #head(): number | undefined {
    const at = this.#skip(1);
    return at === undefined ? undefined : this.#bytes[at];
  }

  /** Goes on behind so many bytes. @returns where they begin; undefined when they are not there. */
  #skip(length: number | undefined): number | undefined {
    if (length === undefined || length > this.#left) return undefined;
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** Whether it could be the index of an array: JavaScript keeps such properties apart. */
function isIndex(key: string | number): boolean {
  if (typeof key === 'number') return true;
  const first = key.charCodeAt(0);
  return first >= DIGIT_0 && first <= DIGIT_9;
}

/**
 * An object whose only property is 1000 has room for a thousand others: 5 bytes would become 12 KB. One that has had the
 * highest index of all keeps such properties in a table, as objects do that come from JSON.
 */
function makeSparse(map: Record<string, unknown>): void {
  map[HIGHEST_INDEX] = undefined;
  delete map[HIGHEST_INDEX];
}
