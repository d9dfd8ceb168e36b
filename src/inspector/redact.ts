import { CLOSE_REASONS } from '../protocol/close.ts';
import { REDACTED, withoutCredentials, withoutQuery } from '../without-credentials.ts';

const MAXIMUM_DEPTH = 6;
/** Limit of one object, and of one array. */
const MAXIMUM_ENTRIES = 64;
/** Limit of one whole value, so that no context makes a frame that is too large. */
const MAXIMUM_NODES = 500;
const MAXIMUM_TEXT = 256;
const MAXIMUM_KEY = 64;

/** Parts of the names of secrets, without the signs between words: `access_token`, `X-Api-Key`. */
const SECRET = /token|secret|passw|passphrase|authorization|cookie|credential|apikey|privatekey|signature|bearer|jwt/;

/** Names of content that clients and hubs exchange: requests, bodies, arguments, free text. */
const CONTENT = new Set(
  [
    ...['headers', 'rawheaders', 'trailers', 'query', 'search', 'searchparams'],
    ...['body', 'payload', 'content', 'data', 'arguments', 'args', 'argument', 'params', 'item', 'items', 'result'],
    ...['message', 'messages', 'record', 'records', 'frame', 'frames', 'chunk', 'bytes', 'buffer'],
    ...['text', 'stack', 'cause', 'description'],
  ].map(bare),
);

/** The server's own texts for the end of a connection, which are no secret. */
const OWN_TEXTS: ReadonlySet<unknown> = new Set(Object.values(CLOSE_REASONS).map(({ text }) => text));

/**
 * Copy of a value that may leave the process: plain data, limited in depth, entries and length, without secrets and
 * content. A value that is not plain data and has no `toJSON` is shown by the name of its class, so sockets, requests
 * and buffers do not leave the process. An error is shown by its name: its text may quote anything, and is in the log.
 */
export function redacted(value: unknown): unknown {
  let nodes = 0;

  function copy(of: unknown, depth: number): unknown {
    nodes += 1;
    if (nodes > MAXIMUM_NODES) return '[more]';
    if (typeof of === 'string') return shownText(of);
    if (typeof of === 'bigint') return String(of);
    if (typeof of === 'symbol') return '[symbol]';
    if (typeof of === 'function') return { type: nameOf(of) };
    if (typeof of !== 'object' || of === null) return of;
    try {
      return copyObject(of, depth);
    } catch {
      return '[unreadable]';
    }
  }

  function copyObject(of: object, depth: number): unknown {
    // Checked before toJSON, since a Buffer has one.
    if (ArrayBuffer.isView(of) || of instanceof ArrayBuffer) return `[${of.byteLength} bytes]`;
    if (of instanceof Error) return { name: shownName(of.name, 'Error') };
    const own = 'toJSON' in of && typeof of.toJSON === 'function' ? of.toJSON() : of;
    if (typeof own !== 'object' || own === null) return copy(own, depth);
    if (Array.isArray(own)) return depth < MAXIMUM_DEPTH ? copyArray(own, depth) : '[more]';
    if (!isPlain(own)) return `[${classOf(own)}]`;
    return depth < MAXIMUM_DEPTH ? copyEntries(own, depth) : '[more]';
  }

  function copyArray(of: readonly unknown[], depth: number): unknown[] {
    const shown = of.slice(0, MAXIMUM_ENTRIES).map((item) => copy(item, depth + 1));
    return of.length > shown.length ? [...shown, `[${of.length - shown.length} more]`] : shown;
  }

  function copyEntries(of: object, depth: number): unknown {
    const keys = Object.keys(of);
    const shown = keys.slice(0, MAXIMUM_ENTRIES).map((key) => {
      const inner = (of as Record<string, unknown>)[key];
      return [shownKey(key), isHidden(key, inner) ? REDACTED : copy(inner, depth + 1)] as const;
    });
    const rest = keys.length - shown.length;
    return Object.fromEntries(rest > 0 ? [...shown, ['…', `[${rest} more]`]] : shown);
  }

  return copy(value, 0);
}

/** Whether a value is hidden because of its name. null and undefined never are. */
function isHidden(key: string, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  const name = bare(key);
  // Any value can be thrown. One that is no Error has no name that could be shown.
  if (name === 'error') return !(value instanceof Error);
  return SECRET.test(name) || (CONTENT.has(name) && !OWN_TEXTS.has(value));
}

/** Shortens a text and hides credentials; a URL loses its query and its password. */
function shownText(text: string): string {
  const start = withoutCredentials(text.slice(0, MAXIMUM_TEXT));
  const shown = /\s/.test(start) ? start : withoutQuery(start);
  return text.length > MAXIMUM_TEXT ? `${shown}… (${text.length} characters)` : shown;
}

function shownKey(key: string): string {
  return key.length > MAXIMUM_KEY ? `${key.slice(0, MAXIMUM_KEY)}…` : key;
}

/** A name that is safe to show: code can assign any value to `name`. */
function shownName(name: unknown, otherwise: string): string {
  return typeof name === 'string' && /^[\w$]{1,64}$/.test(name) ? name : otherwise;
}

function isPlain(of: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(of);
  return prototype === null || prototype === Object.prototype;
}

function classOf(of: object): string {
  return shownName((of.constructor as { readonly name?: unknown } | undefined)?.name, 'Object');
}

function nameOf(of: object): string {
  const { name } = of as { readonly name?: unknown };
  return typeof name === 'string' ? shownText(name) : '';
}

function bare(key: string): string {
  return key.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
