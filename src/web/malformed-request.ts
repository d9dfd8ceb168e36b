import type { IncomingMessage } from 'node:http';
import { type Host, parseHost } from '../http/hosts.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import { authorityOf } from '../http/request-info.ts';
import { errorTexts } from '../protocol/error-texts.ts';

/** Node keeps the first of these and drops the others; whoever stands before us may have looked at another one. */
const SINGLE = new Set(['host', 'origin', 'authorization', 'sec-websocket-key', 'sec-websocket-version']);

/** The host that a request is for; undefined: it names none, which HTTP/1.0 allows. */
export type RequestHost = Host | undefined;

/**
 * The host that a request is for, or why it is no request that may be answered: RFC 9112, section 3.2, wants 400 without a
 * Host, with two, and with one that is none. Node looks for the first of the three only, and not at upgrades.
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
  // The target would count, and what compares the Origin looks at the header: they have to be one.
  if (authority === undefined || authority.toLowerCase() === headers.host.toLowerCase()) return host;
  return { fault: errorTexts.hostDisagrees };
}

export function badRequest(fault: string): PlainResponse {
  const headers = { Connection: 'close' };
  return { status: 400, type: 'text/plain', body: fault, headers, kind: 'malformed-request', reason: fault };
}

/** The name of a header that stands twice and may not. */
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
