import type { IncomingMessage } from 'node:http';
import { plainAddress } from './ip-address.ts';
import { type HttpRequestInfo, packTexts, queryOf, requestOf } from './request-texts.ts';

/** The request as plain data. */
export function requestInfo(request: IncomingMessage): HttpRequestInfo {
  return requestOf(request.url ?? '/', request.headers, remoteAddressOf(request));
}

/** Address of the other end of a request's socket; empty when the socket is closed already. */
export function remoteAddressOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '');
}

/** Whether a request has come over TLS to this process. A proxy may have ended TLS before. */
export function isEncrypted({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

/** Ordinary requests have fewer headers. */
const ORDINARY_HEADERS = 64;

/**
 * Makes Node release a long list of headers, for a request that is answered much later: Node keeps it twice, in twelve
 * times as much memory as it was sent in. The request's headers are then made from the texts that we keep.
 */
export function compactHeaders(request: IncomingMessage, caller: { readonly info: HttpRequestInfo }): void {
  if (request.rawHeaders.length <= 2 * ORDINARY_HEADERS) return;
  const { info } = caller;
  packTexts(info);
  request.headers = {};
  Object.defineProperties(request, {
    headers: { get: () => info.headers },
    rawHeaders: { get: () => Object.entries(info.headers).flat() },
  });
}

/** Path of a request for matching routes: decoded, in lower case, without one slash at its end. */
export function routePath(target: string): string {
  return normalisePath(decoded(pathOf(target)));
}

/** Path of a request's target as it was sent, without the query. */
export function pathOf(target: string): string {
  const path = target.slice(authorityEnd(target), queryStart(target));
  return path === '' ? '/' : path;
}

/** Host and port in a target that is a whole URL, which servers must accept as well (RFC 9112, section 3.2.2). */
export function authorityOf(target: string): string | undefined {
  const end = authorityEnd(target);
  return end === 0 ? undefined : target.slice(target.indexOf('//') + 2, end);
}

export function normalisePath(path: string): string {
  const lower = path.toLowerCase();
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower;
}

/** All values of a query key, in any case. */
export function queryValues(query: URLSearchParams, key: string): string[] {
  if (query.size === 0) return [];
  const values: string[] = [];
  for (const [name, value] of query) if (name.toLowerCase() === key) values.push(value);
  return values;
}

/** The same for the query of a URL. Pairs with other keys are not parsed: a client may send thousands. */
export function queryValuesOf(url: string, key: string): string[] {
  const query = queryOf(url);
  if (query === '') return [];
  const pairs = query
    .slice(1)
    .split('&')
    .filter((pair) => mayBeOf(pair, key));
  return pairs.length === 0 ? [] : queryValues(new URLSearchParams(pairs.join('&')), key);
}

/** Whether a pair has this key, or a key that has to be decoded first. */
function mayBeOf(pair: string, key: string): boolean {
  const end = pair.indexOf('=');
  const name = end === -1 ? pair : pair.slice(0, end);
  return name.includes('%') || name.toLowerCase() === key;
}

function authorityEnd(target: string): number {
  // Nearly always a path.
  return target.startsWith('/') ? 0 : (/^https?:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0);
}

function queryStart(url: string): number {
  const at = url.indexOf('?');
  return at === -1 ? url.length : at;
}

/** `%2F` is no slash. A path that cannot be decoded stays as it is and matches no route. */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return path.split(/%2f/i).map(decodeURIComponent).join('%2f');
  } catch {
    return path;
  }
}
