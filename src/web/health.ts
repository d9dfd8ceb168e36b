import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRequest } from '../http/plain-response.ts';
import { pathOf } from '../http/request-info.ts';

/** Problem of a part of the server. */
export interface HealthProblem {
  readonly part: string;
  /** Public text: it names no path and no version. */
  readonly text: string;
  /** `unready`: the server must get no new clients. `degraded`: it serves them, and a part of it does not work. */
  readonly severity: 'unready' | 'degraded';
  /** Text for the operator. */
  readonly detail?: string;
}

/** Whether a path is a health check. A load balancer may request these under any host name. */
export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz';
}

/**
 * Answers the health checks of load balancers and orchestrators. `/healthz`: 200 as long as the event loop runs.
 * `/readyz`: 503 as long as any problem is `unready`, otherwise 200; in both cases JSON that names all problems.
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
    const found = problems().map(({ part, text, severity }) => ({ part, text, severity }));
    const ready = found.every(({ severity }) => severity !== 'unready');
    const body = `${JSON.stringify({ ready, problems: found })}\n`;
    answerRequest(response, { status: ready ? 200 : 503, type: 'application/json', body, headers });
  }
  return true;
}
