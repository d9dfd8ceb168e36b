import type { IncomingMessage } from 'node:http';

/** Which other origins may connect: an exact list (`https://app.example`), or a function. */
export type Origins = readonly string[] | ((origin: string) => boolean);

/**
 * Whether a request may come from where it says. Requests without an Origin header are not from a browser's page and
 * pass; so does the server's own origin; any other has to be allowed. This is what keeps a foreign page from using a
 * visitor's cookies over a WebSocket, which CORS does not protect (OWASP, Cross-Site WebSocket Hijacking).
 */
export function isOriginAllowed(request: IncomingMessage, allowed: Origins): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (host !== undefined && hostOf(origin) === host.toLowerCase()) return true;
  return typeof allowed === 'function' ? allowed(origin) : allowed.includes(origin);
}

/** Host and port; the scheme is left out, since behind a TLS proxy we do not know our own. */
function hostOf(origin: string): string | undefined {
  try {
    const { protocol, host } = new URL(origin);
    return protocol === 'http:' || protocol === 'https:' ? host : undefined;
  } catch {
    return undefined;
  }
}
