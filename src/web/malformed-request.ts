import type { IncomingMessage } from 'node:http';
import { type Host, parseHost } from '../http/hosts.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import { authorityOf } from '../http/request-info.ts';
import { errorTexts } from '../protocol/error-texts.ts';

/**
 * Headers that must not be repeated. Node keeps the first and drops the others; a proxy may have looked at another one.
 */
const SINGLE = new Set(['host', 'origin', 'authorization', 'sec-websocket-key', 'sec-websocket-version']);

/** Host that a request names; undefined: none, which HTTP/1.0 allows. */
export type RequestHost = Host | undefined;

/**
 * Host that a request names, or the fault that makes it malformed. RFC 9112, section 3.2, requires 400 without a Host
 * header, with two, and with an invalid one. Node checks only the first of these, and not for upgrades.
 */
export function requestHost(request: IncomingMessage): RequestHost | { readonly fault: string } {
  const repeated = repeatedHeader(request.rawHeaders);
  if (repeated !== undefined) return { fault: errorTexts.repeatedHeader(repeated) };
  const { headers, url = '/' } = request;
  const authority = authorityOf(url);
  if (headers.host === undefined) {
    if (request.httpVersion !== '1.0') return { fault: errorTexts.hostRequired };
    return authority === undefined ? undefined : (parseHost(authority) ?? { fault: errorTexts.hostRequired });
  }
  const host = parseHost(headers.host);
  if (host === undefined) return { fault: errorTexts.hostRequired };
  // RFC 9112 prefers the target, but the check of the Origin uses the header: they have to agree.
  if (authority === undefined || authority.toLowerCase() === headers.host.toLowerCase()) return host;
  return { fault: errorTexts.hostDisagrees };
}

export function badRequest(fault: string): PlainResponse {
  const headers = { Connection: 'close' };
  return { status: 400, type: 'text/plain', body: fault, headers, kind: 'malformed-request', reason: fault };
}

/** Name of a header that is repeated and must not be. */
function repeatedHeader(raw: readonly string[]): string | undefined {
  let seen: string[] | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] as string).toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen?.includes(name)) return name;
    seen ??= [];
    seen.push(name);
  }
  return undefined;
}
