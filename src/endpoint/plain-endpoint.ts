import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerRequest, answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { logRefusal } from '../http/request-log.ts';
import type { LimitedLog } from '../log-limit.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { PLAIN_SUBPROTOCOL } from '../protocol/plain-envelope.ts';
import { isWebSocketOverOldHttp, isWebSocketRequest } from '../transports/websocket-acceptor.ts';
import type { Admission } from './admission.ts';
import type { Caller } from './caller.ts';
import { SERVER_CLOSING } from './server-closing.ts';

export interface PlainEndpointParts {
  readonly admission: Admission;
  readonly log: LimitedLog;
  /** Whether new connections are accepted. */
  isAccepting(): boolean;
  /** Opens a connection, whose request was admitted. */
  open(caller: Caller, request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const NOT_A_WEBSOCKET: PlainResponse = {
  status: 426,
  type: 'text/plain',
  headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
  body: errorTexts.upgradeRequired,
  kind: 'websocket-required',
};
const OLD_HTTP: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: errorTexts.upgradeNeedsNewerHttp,
  kind: 'old-http',
};
const FOREIGN_SUBPROTOCOL: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: errorTexts.subprotocolUnknown(PLAIN_SUBPROTOCOL),
  kind: 'subprotocol-unknown',
};

/** The HTTP side of `PATH/ws`, where plain clients connect. Their requests are admitted as all others of the hub. */
export class PlainEndpoint {
  readonly #parts: PlainEndpointParts;

  constructor(parts: PlainEndpointParts) {
    this.#parts = parts;
  }

  /** Whether a request is for `upgrade`. */
  isUpgrade(request: IncomingMessage): boolean {
    return isWebSocketOverOldHttp(request) || isWebSocketRequest(request);
  }

  /** Answers any request that opens no WebSocket (RFC 9110, section 15.5.22). */
  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = await this.#parts.admission.admit(request, response);
    const answer = 'status' in caller ? caller : NOT_A_WEBSOCKET;
    logRefusal(this.#parts.log, request, answer);
    answerRequest(response, answer);
  }

  /** Answers an upgrade. Everything is checked before it is accepted. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Before anything is awaited: a client that leaves meanwhile must not become an uncaught error.
    socket.on('error', () => {});
    if (isWebSocketOverOldHttp(request)) return this.#refuse(request, socket, OLD_HTTP);
    const { admission, isAccepting, open } = this.#parts;
    const caller = await admission.admit(request);
    if (socket.destroyed) return;
    if ('status' in caller) return this.#refuse(request, socket, caller);
    if (!offersOurs(request)) return this.#refuse(request, socket, FOREIGN_SUBPROTOCOL);
    if (!isAccepting()) return this.#refuse(request, socket, SERVER_CLOSING);
    open(caller, request, socket, head);
  }

  #refuse(request: IncomingMessage, socket: Duplex, refusal: PlainResponse): void {
    logRefusal(this.#parts.log, request, refusal);
    answerUpgrade(socket, refusal);
  }
}

/** Whether a request offers our subprotocol, or none at all. */
function offersOurs({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol'];
  return offered === undefined || offered.split(',').some((name) => name.trim() === PLAIN_SUBPROTOCOL);
}
