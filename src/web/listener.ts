import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerRequest } from '../http/plain-response.ts';

/** Answers a request, or returns false when it is not one of its own. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Creates an HTTP server with limits that suit small requests such as those to hubs
 * (docs/decisions/0006-http-limits.md). A request that neither a hub nor a handler answers gets 404.
 *
 * @param refused Called for each request that gets 404, or 405 from a handler.
 */
export function createListener(
  handlers: readonly Handler[],
  refused: (request: IncomingMessage, status: 404 | 405) => void,
): Server {
  const http = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 });
  http.on('timeout', destroyIfIdle);
  http.on('request', (request, response) => {
    if (!handlers.some((handle) => handle(request, response))) {
      refused(request, 404);
      answerRequest(response, { status: 404 });
    } else if (response.statusCode === 405) refused(request, 405);
  });
  return http;
}

/**
 * Ends a connection that has been idle for Node's `keepAliveTimeout`. Node runs its timers before it reads: after a
 * long turn of the event loop it would end connections whose next request has arrived already.
 */
function destroyIfIdle(socket: Socket): void {
  const { bytesRead } = socket;
  setImmediate(() => {
    if (socket.bytesRead === bytesRead) socket.destroy();
  });
}

/** Resolves when the server listens; rejects with Node's error when it cannot. */
export async function bind(
  http: Server,
  at: { readonly port: number; readonly host: string },
): Promise<{ port: number; host: string }> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(at.port, at.host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const address = http.address();
  return { port: typeof address === 'object' && address !== null ? address.port : at.port, host: at.host };
}
