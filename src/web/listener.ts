import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { OptionsError } from '../errors.ts';
import { lastIfDraining } from '../http/last-answers.ts';
import { answerRequest } from '../http/plain-response.ts';
import { isSynchronous, listOf, must } from '../option-checks.ts';
import { promiseOf, unawaited } from '../promises.ts';
import { kindOf } from '../value-texts.ts';

/** Answers a request and returns true, or returns false when the request is not one of its own. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Rule of the option `handlers`. */
export const HANDLERS = listOf(
  must('a function that returns true or false at once', isSynchronous, kindOf),
  'a list of functions',
);

/** Callbacks of a listener to its owner. */
export interface ListenerOwner {
  /** No handler has answered a request, which gets 404; or a handler has answered it with 405. */
  refused(request: IncomingMessage, status: 404 | 405): void;
  /** A handler has thrown, or has returned neither true nor false. The request gets 500, if no answer has begun. */
  failed(request: IncomingMessage, error: unknown): void;
}

type ResponseHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** Response of a server of our own: while it drains, answers of handlers end their connections, too. */
class OwnResponse extends ServerResponse {
  override writeHead(status: number, reason?: string | ResponseHeaders, headers?: ResponseHeaders): this {
    lastIfDraining(this);
    // Node takes headers as the second argument, too.
    return super.writeHead(status, reason as string, headers);
  }
}

/**
 * Creates an HTTP server with limits that suit small requests such as those to hubs
 * (docs/decisions/0006-http-limits.md). A request that neither a route nor a handler answers gets 404.
 *
 * @param handlers Asked in this order, until one returns true.
 * @param keepAliveTimeoutMs See the option of `listen`.
 */
export function createListener(
  handlers: readonly RequestHandler[],
  owner: ListenerOwner,
  keepAliveTimeoutMs: number,
): Server {
  const http = createServer({
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 2_000,
    ServerResponse: OwnResponse,
  });
  http.on('timeout', destroyIfIdle);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    try {
      if (!handlers.some((handle) => hasAnswered(handle, request, response))) {
        owner.refused(request, 404);
        answerRequest(response, { status: 404 });
      } else if (response.statusCode === 405) owner.refused(request, 405);
    } catch (error) {
      owner.failed(request, error);
      if (response.headersSent) request.socket.destroy();
      else answerRequest(response, { status: 500 });
    }
  };
  http.on('request', answer);
  // With this listener Node leaves 100 Continue to us: a route can refuse a body before it is sent.
  http.on('checkContinue', (request, response) => {
    response.writeContinue();
    answer(request, response);
  });
  return http;
}

/** @throws {Error} what the handler throws; a TypeError when it returns neither true nor false. */
function hasAnswered(handle: RequestHandler, request: IncomingMessage, response: ServerResponse): boolean {
  const answered: unknown = handle(request, response);
  if (typeof answered === 'boolean') return answered;
  // It may reject, which must not end the process.
  unawaited(promiseOf(answered));
  throw new TypeError(`A handler of listen must return true or false, not ${kindOf(answered)}.`);
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

/** Resolves when the server listens; rejects with Node's error when it cannot, or when it is closed before. */
export async function bind(
  http: Server,
  at: { readonly port: number; readonly host: string },
): Promise<{ port: number; host: string }> {
  await new Promise<void>((resolve, reject) => {
    let isClosed = false;
    http.once('error', reject);
    http.once('close', () => {
      isClosed = true;
      reject(new OptionsError('This server has been closed; make a new one.'));
    });
    http.listen(at.port, at.host, () => {
      http.off('error', reject);
      // The address of the host may have been found after the end.
      if (isClosed) http.close();
      resolve();
    });
  });
  const address = http.address();
  return { port: typeof address === 'object' && address !== null ? address.port : at.port, host: at.host };
}
