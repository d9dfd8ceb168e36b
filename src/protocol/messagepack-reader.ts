import { isUtf8 } from 'node:buffer';
import { decodeTimestampToTimeSpec, EXT_TIMESTAMP } from '@msgpack/msgpack';

/** As in JSON. The record itself counts: an argument may hold 62 nested arrays. */
const MAXIMUM_DEPTH = 64;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
const TIMESTAMP_BYTES: ReadonlySet<number | undefined> = new Set([4, 8, 12]);

/** First bytes of values (MessagePack specification, "Formats"). Those of greater widths follow each with a width. */
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
/** Longest list that is allocated at once. V8 gives an array that grows room for sixteen more. */
const SHORT_LIST = 15;
/** Up to this length, in bytes, reading byte by byte is faster than Node's decoder. Ids and most targets are as short. */
const SHORT_TEXT = 8;

/**
 * Reads the values of one record, one after the other. The record is untrusted: a length is compared with the bytes
 * that are left before memory is allocated, nesting is counted, text has to be valid Unicode. What cannot be read is
 * undefined, at any depth. Nothing is thrown, since a client could cause a hundred thousand errors with one message.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  readonly #maximumValues: number;
  #at = 0;
  /** Number of values in all lists and maps that have begun, by their lengths; the record counts as one. */
  #values = 1;

  /** @param maximumValues Number of values of the record beyond which a value cannot be read. */
  constructor(record: Buffer, maximumValues: number) {
    this.#bytes = record;
    this.#maximumValues = maximumValues;
  }

  /** Reads the head of an array: the number of its items, which come next. undefined when there is no whole array. */
  arrayLength(): number | undefined {
    return this.#lengthOf(FIXARRAY, ARRAY_16, 1);
  }

  /** Reads the head of a map: the number of its pairs, which come next. undefined when there is no whole map. */
  mapLength(): number | undefined {
    return this.#lengthOf(FIXMAP, MAP_16, 2);
  }

  /** Whether the part of the record that has been read holds more values than allowed. */
  get holdsTooMany(): boolean {
    return this.#values > this.#maximumValues;
  }

  /** Reads a value that is no list and no map; undefined when there is none. */
  scalar(): unknown {
    return this.value(MAXIMUM_DEPTH + 1);
  }

  /**
   * Reads any value. undefined, which MessagePack does not have, when there is none that JavaScript has.
   *
   * @param depth Depth of a list or map that begins here; the record itself is 1.
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
    // 0xc1, which is never used.
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

  /** A long array grows with its items: its length alone allocates nothing. A short one gets exactly its length. */
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

  /** The last value of a repeated key counts. As in JSON, every name makes an own property, `__proto__`, too. */
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

  /** Counts a list or a map. @returns whether it may be read. */
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
    // Decoding replaces invalid UTF-8 by it; but the text may also hold it.
    return text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(start, this.#at)) ? undefined : text;
  }

  /** The text from `start` to the present position; undefined when it is not all ASCII. */
  #shortAscii(start: number): string | undefined {
    let text = '';
    for (let at = start; at < this.#at; at++) {
      const byte = this.#bytes[at] as number;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A copy: a view would give the hub the rest of the buffer, and keep it in memory. */
  #binary(length: number | undefined): Uint8Array | undefined {
    const start = this.#skip(length);
    return start === undefined ? undefined : new Uint8Array(this.#bytes.subarray(start, this.#at));
  }

  /** Reads a timestamp, the only extension that the specification itself defines. */
  #extension(length: number | undefined): Date | undefined {
    const type = this.#signed(1);
    const start = this.#skip(length);
    if (start === undefined || type !== EXT_TIMESTAMP || !TIMESTAMP_BYTES.has(length)) return undefined;
    const { sec, nsec } = decodeTimestampToTimeSpec(this.#bytes.subarray(start, this.#at));
    const date = new Date(sec * 1000 + Math.floor(nsec / 1_000_000));
    return nsec < NANOSECONDS_PER_SECOND && !Number.isNaN(date.getTime()) ? date : undefined;
  }

  /** Beyond 2^53 it is the nearest number that JavaScript has. */
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

  /** Moves behind the next bytes. @returns their start; undefined when the record has fewer. */
  #skip(length: number | undefined): number | undefined {
    if (length === undefined || length > this.#left) return undefined;
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

/** Whether a key could be an array index: V8 stores such properties separately. */
function isIndex(key: string | number): boolean {
  if (typeof key === 'number') return true;
  const first = key.charCodeAt(0);
  return first >= DIGIT_0 && first <= DIGIT_9;
}

/**
 * Makes V8 store the indices of an object in a table. Otherwise an object whose only property is 1000 has room for a
 * thousand others: 5 bytes would become 12 KB. An object that once had the highest index uses a table, as objects from
 * JSON do.
 */
function makeSparse(map: Record<string, unknown>): void {
  map[HIGHEST_INDEX] = undefined;
  delete map[HIGHEST_INDEX];
}
