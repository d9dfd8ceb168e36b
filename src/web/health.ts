import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRequest } from '../http/plain-response.ts';
import { pathOf } from '../http/request-info.ts';

/** Problem of a part of the server. */
export interface HealthProblem {
  readonly part: string;
  /** Public text: it names no path and no version. */
  readonly text: string;
  /** Text for the operator. */
  readonly detail?: string;
}

/** Whether a path is a health check. A load balancer may request these under any host name. */
export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz';
}

/**
 * Answers the health checks of load balancers and orchestrators. `/healthz`: 200 as long as the event loop runs.
 * `/readyz`: 200 only while new connections are accepted, otherwise 503; in both cases JSON that names the problems.
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
