import { type HttpRequestInfo, headerOf, queryValuesIn } from '../http/request-texts.ts';

const SCHEME = 'bearer';

/**
 * The token that a request brings: that of `Authorization: Bearer` (RFC 6750, section 2.1), or else `access_token` of
 * the query (section 2.3), which browsers need for WebSockets and event streams. As in ASP.NET Core SignalR, a wrong
 * header is not made good by the query, and any other scheme, such as Basic, is no credential.
 *
 * @returns undefined when there is none. An empty text is a token, which nobody knows.
 */
export function bearerTokenOf(request: HttpRequestInfo): string | undefined {
  const header = headerOf(request, 'authorization');
  if (header !== undefined && isBearer(header)) return header.slice(SCHEME.length).trim();
  const tokens = queryValuesIn(request, 'access_token');
  return tokens.length === 0 ? undefined : tokens.join(',');
}

/** The API key that a request brings: its token, or else the header `X-API-Key`. */
export function apiKeyOf(request: HttpRequestInfo): string | undefined {
  return bearerTokenOf(request) ?? headerOf(request, 'x-api-key')?.trim();
}

/** RFC 9110, section 11.1: the name of a scheme has no case, and a space behind it. */
function isBearer(header: string): boolean {
  const end = SCHEME.length;
  return (header.length === end || header[end] === ' ') && header.slice(0, end).toLowerCase() === SCHEME;
}
