import type { IncomingMessage } from 'node:http';
import type { HttpRequestInfo } from '../hub/connection-info.ts';

/** A request as plain data: what `authenticate` and hubs see of it. */
export function requestInfo(request: IncomingMessage): HttpRequestInfo {
  const url = request.url ?? '/';
  return Object.freeze({
    headers: Object.freeze(headersOf(request)),
    query: new URLSearchParams(url.slice(queryStart(url))),
    url,
    remoteAddress: request.socket.remoteAddress ?? '',
  });
}

/** The path of a request as hubs are matched by it: decoded, in lower case, without one slash at its end. */
export function hubPath(target: string): string {
  return normalisePath(decoded(pathOf(target)));
}

/** The path of a request's target as it was sent, without a query. */
export function pathOf(target: string): string {
  const path = target.slice(authorityEnd(target), queryStart(target));
  return path === '' ? '/' : path;
}

/** The host and port in a target that is a whole URL, which servers have to take as well (RFC 9112, section 3.2.2). */
export function authorityOf(target: string): string | undefined {
  const end = authorityEnd(target);
  return end === 0 ? undefined : target.slice(target.indexOf('//') + 2, end);
}

/** Whether a text can be the path of a hub, or what stands before one. */
export function isPath(text: unknown): text is string {
  return typeof text === 'string' && text.startsWith('/') && !/[?#]/.test(text);
}

export function normalisePath(path: string): string {
  const lower = path.toLowerCase();
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower;
}

/** All values of a query key, whose case does not matter. */
export function queryValues(query: URLSearchParams, key: string): string[] {
  if (query.size === 0) return [];
  const values: string[] = [];
  for (const [name, value] of query) if (name.toLowerCase() === key) values.push(value);
  return values;
}

function authorityEnd(target: string): number {
  // Nearly always a path.
  return target.startsWith('/') ? 0 : (/^https?:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0);
}

function queryStart(url: string): number {
  const at = url.indexOf('?');
  return at === -1 ? url.length : at;
}

/** `%2F` is no slash, and what cannot be decoded matches nothing. */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return path.split(/%2f/i).map(decodeURIComponent).join('%2f');
  } catch {
    return path;
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const name in request.headers) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
