import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainResponse } from './plain-response.ts';

/** What hubs are asked with. A page may not send anything else to them. */
const METHODS = ['GET', 'POST', 'DELETE'];

/**
 * Lets a page of an allowed origin read the answer, whatever it will be: an error that it may not read would look to it like
 * a lost network (Fetch Standard, CORS protocol). With credentials, because official clients send cookies.
 */
export function allowCrossOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Vary', 'Origin');
}

/** Whether a browser asks if it may ask. It does so without credentials, so nobody is to be authenticated. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** A page that may come may send any header: those of the official clients, and those that its author has added. */
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
