import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../errors.ts';
import { outlineOf } from './json-outline.ts';

/** System.Text.Json's default depth, counted from the record itself: an argument may hold 62 nested arrays. */
const MAXIMUM_DEPTH = 64;
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface JsonRecord {
  readonly value: unknown;
  /** The record may hold half a surrogate pair: text must be looked at before it is believed. */
  readonly mayBeMalformed: boolean;
  /** It holds more values than allowed: what its lists and objects held has been left out. */
  readonly isOutline: boolean;
}

/**
 * The JSON value that a record begins with. Like the original it accepts anything behind that value, refuses a byte order
 * mark and more than 64 levels, and lets broken UTF-8 inside a string through as half a surrogate pair, so that the
 * caller can still answer the call it stands in. Of one with more values than `maximumValues` only the outline is made.
 *
 * @throws {ProtocolError} when there is no such value.
 */
export function parseJsonRecord(bytes: Buffer, maximumValues: number): JsonRecord {
  const valid = isUtf8(bytes);
  // U+FFFD is what decoding puts in place of a broken sequence; D800 says "no character" without being one.
  const decoded = bytes.toString('utf8');
  const text = valid ? decoded : decoded.replaceAll('\uFFFD', '\uD800');
  if (isDeeper(text, MAXIMUM_DEPTH))
    throw new ProtocolError(`Error reading JSON: it is nested more than ${MAXIMUM_DEPTH} levels deep.`);
  const outline = outlineOf(text, maximumValues);
  // Whatever is one by itself: a property that nobody asked for a hundred thousand times.
  if (outline !== undefined && outlineOf(outline, maximumValues) !== undefined) {
    throw new ProtocolError(`Error reading JSON: an object holds more than ${maximumValues} values.`);
  }
  return {
    value: parse(outline ?? text),
    isOutline: outline !== undefined,
    mayBeMalformed: !valid || (text.includes('\\u') && ESCAPED_SURROGATE.test(text)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Perhaps there is only something behind the value. Seldom, so it may cost a second look.
    const end = endOfValue(text);
    if (end === -1) throw new ProtocolError('Error reading JSON.');
    try {
      return JSON.parse(text.slice(0, end));
    } catch {
      throw new ProtocolError('Error reading JSON.');
    }
  }
}

/** Whether a JSON text nests more levels than these, counting brackets outside strings only. */
export function isDeeper(text: string, levels: number): boolean {
  if (!hasManyBrackets(text, levels)) return false;
  let isTooDeep = false;
  scan(text, (depth) => {
    isTooDeep = depth > levels;
    return isTooDeep;
  });
  return isTooDeep;
}

/** A cheap first look with native searches: few records have so many opening brackets at all. */
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

/** Where the first object or array ends, or -1. */
function endOfValue(text: string): number {
  let end = -1;
  scan(text, (depth, at) => {
    if (depth > 0) return false;
    end = at + 1;
    return true;
  });
  return end;
}

/** Walks over the brackets outside strings and says the depth after each; stops when `visit` returns true. */
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

/** Whether every text in `value` is Unicode. `value` comes from `parseJsonRecord`, so it is at most 64 levels deep. */
export function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isUnicode);
  return Object.entries(value).every(([key, item]) => key.isWellFormed() && isUnicode(item));
}
