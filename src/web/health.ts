import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRequest } from '../http/plain-response.ts';
import { pathOf } from '../http/request-info.ts';

/** A part of the server that is not as it should be. */
export interface HealthProblem {
  readonly part: string;
  /** For anybody: it names no path and no version. */
  readonly text: string;
  /** For whoever runs the server. */
  readonly detail?: string;
}

/** Whether a path is one of the two, at which a load balancer may ask under any name. */
export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz';
}

/**
 * What load balancers and orchestrators ask. `/healthz`: 200 as long as the event loop turns. `/readyz`: 200 only while new
 * connections are wanted, otherwise 503; in both cases JSON that names what is not ready.
 *
 * @returns whether the request was one of these.
 */
export function answerHealth(
  request: IncomingMessage,
  response: ServerResponse,
  problems: () => readonly HealthProblem[],
): boolean {
  const path = pathOf(request.url ?? '/');
  if (!isHealthPath(path)) return false;
  const headers = { 'Cache-Control': 'no-store' };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerRequest(response, { status: 405, headers: { ...headers, Allow: 'GET, HEAD' } });
  } else if (path === '/healthz') {
    answerRequest(response, { status: 200, type: 'text/plain', body: 'ok\n', headers });
  } else {
    const found = problems().map(({ part, text }) => ({ part, text }));
    const body = `${JSON.stringify({ ready: found.length === 0, problems: found })}\n`;
    answerRequest(response, { status: found.length === 0 ? 200 : 503, type: 'application/json', body, headers });
  }
  return true;
}
