import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../errors.ts';
import { outlineOf } from './json-outline.ts';

/** Default depth of System.Text.Json. The record itself counts: an argument may hold 62 nested arrays. */
const MAXIMUM_DEPTH = 64;
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

interface JsonRecord {
  readonly value: unknown;
  /** The record may hold a lone surrogate: its texts have to be checked before they are used. */
  readonly mayBeMalformed: boolean;
  /** The record holds more values than allowed: the content of its lists and objects has been left out. */
  readonly isOutline: boolean;
}

/**
 * Parses the JSON value at the beginning of a record. As in ASP.NET Core SignalR anything may follow the value; a byte
 * order mark and more than 64 levels are refused. Broken UTF-8 inside of a string becomes a lone surrogate, so that the
 * call around it can still be answered. Of a value that holds more than `maximumValues` only the outline is parsed.
 *
 * @param stands 'alone': nothing but white space may follow the value.
 * @throws {ProtocolError} when there is no such value.
 */
export function parseJsonRecord(
  bytes: Buffer,
  maximumValues: number,
  stands: 'alone' | 'in front' = 'in front',
): JsonRecord {
  const valid = isUtf8(bytes);
  // Decoding replaces a broken sequence by U+FFFD, which is a valid character. A lone D800 is not one.
  const decoded = bytes.toString('utf8');
  const text = valid ? decoded : decoded.replaceAll('\uFFFD', '\uD800');
  if (isDeeper(text, MAXIMUM_DEPTH))
    throw new ProtocolError(`Error reading JSON: it is nested more than ${MAXIMUM_DEPTH} levels deep.`);
  const outline = outlineOf(text, maximumValues);
  // The outline itself holds too many values: the object has too many properties of its own.
  if (outline !== undefined && outlineOf(outline, maximumValues) !== undefined) {
    throw new ProtocolError(`Error reading JSON: an object holds more than ${maximumValues} values.`);
  }
  return {
    value: parse(outline ?? text, stands),
    isOutline: outline !== undefined,
    mayBeMalformed: !valid || (text.includes('\\u') && ESCAPED_SURROGATE.test(text)),
  };
}

function parse(text: string, stands: 'alone' | 'in front'): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (stands === 'alone') throw new ProtocolError('Error reading JSON.');
    // Perhaps only something follows the value. This is rare, so a second pass is affordable.
    const end = endOfValue(text);
    if (end === -1) throw new ProtocolError('Error reading JSON.');
    try {
      return JSON.parse(text.slice(0, end));
    } catch {
      throw new ProtocolError('Error reading JSON.');
    }
  }
}

/** Whether a JSON text nests more levels than this. Only brackets outside of strings count. */
export function isDeeper(text: string, levels: number): boolean {
  if (!hasManyBrackets(text, levels)) return false;
  let isTooDeep = false;
  scan(text, (depth) => {
    isTooDeep = depth > levels;
    return isTooDeep;
  });
  return isTooDeep;
}

/**
 * Whether the text has more opening brackets than `levels`. A fast first check with native searches: few records have.
 */
function hasManyBrackets(text: string, levels: number): boolean {
  if (text.length <= levels) return false;
  let found = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      found += 1;
      if (found > levels) return true;
    }
  }
  return false;
}

/** End of the first object or array, or -1. */
function endOfValue(text: string): number {
  let end = -1;
  scan(text, (depth, at) => {
    if (depth > 0) return false;
    end = at + 1;
    return true;
  });
  return end;
}

/** Visits the brackets outside of strings, with the depth after each. Stops when `visit` returns true. */
function scan(text: string, visit: (depth: number, at: number) => boolean): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
      continue;
    }
    if (code === QUOTE) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (visit(depth, at)) return;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
      if (visit(depth, at)) return;
    }
  }
}

/**
 * Whether every text in `value` is valid Unicode. `value` comes from `parseJsonRecord`, so it has at most 64 levels.
 */
export function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isUnicode);
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isUnicode(item));
}
