import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainResponse } from './plain-response.ts';

/** Methods that a page of another origin may use. */
const METHODS = ['GET', 'POST', 'DELETE'];

/** Headers that let a page of this origin read an answer. With credentials, because official clients send cookies. */
export function crossOriginHeaders(origin: string): Readonly<Record<string, string>> {
  return { 'Access-Control-Allow-Credentials': 'true', 'Access-Control-Allow-Origin': origin, Vary: 'Origin' };
}

/**
 * Lets a page of an allowed origin read the answer, also when it is an error: an error that a page may not read looks
 * like a lost network (Fetch Standard, CORS protocol).
 */
export function allowCrossOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  for (const [name, value] of Object.entries(crossOriginHeaders(origin))) response.setHeader(name, value);
}

/** Whether a request is a CORS preflight. Browsers send it without credentials, so it must not be authenticated. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Answer to a preflight. Any header is allowed: those of the official clients, and those that the page's author has
 * added.
 */
export function preflightResponse({ headers }: IncomingMessage): PlainResponse {
  const method = headers['access-control-request-method'] ?? '';
  const asked = headers['access-control-request-headers'];
  return {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': METHODS.includes(method) ? method : METHODS.join(', '),
      ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
    },
  };
}
