import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { type AccessRequest, accessRequest } from '../http/access-guard.ts';
import { answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { logRefusal } from '../http/request-log.ts';
import type { LimitedLog } from '../log-limit.ts';
import type { Transport } from './transport.ts';
import { isWebSocketRequest, WebSocketAcceptor } from './websocket-acceptor.ts';

/** Messages of the client are ignored, so they need not be long. */
const MAXIMUM_FRAME_BYTES = 1_024;
/** TCP notices a peer that has vanished, since there are no pings. */
const TCP_KEEP_ALIVE_MS = 30_000;

export interface FeedParts {
  readonly alarms: Alarms;
  readonly log: LimitedLog;
  /** Bytes that the kernel has not taken: from this number on, `drained` is called when it has taken them. */
  readonly highWaterBytes: number;
  /** Refusal of a request; undefined: it is accepted. Called before anything else is looked at. */
  refusal(request: AccessRequest): PlainResponse | undefined;
  opened(request: AccessRequest, transport: Transport): void;
}

/** WebSockets on which only the server sends: an upgrade request becomes a transport, without a hub behind it. */
export class Feed {
  readonly #parts: FeedParts;
  readonly #webSockets: WebSocketAcceptor;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    const { alarms, highWaterBytes } = parts;
    const socketParts = { alarms, highWaterBytes, maximumFrameBytes: MAXIMUM_FRAME_BYTES };
    this.#webSockets = new WebSocketAcceptor(socketParts, parts.log);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const info = accessRequest(request);
    const refusal = this.#parts.refusal(info) ?? (isWebSocketRequest(request) ? undefined : NO_WEB_SOCKET);
    if (refusal !== undefined) {
      logRefusal(this.#parts.log, request, refusal);
      answerUpgrade(socket, refusal);
      return;
    }
    request.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    const transport = this.#webSockets.accept(request, socket, head);
    if (transport !== undefined) this.#parts.opened(info, transport);
  }
}

const NO_WEB_SOCKET: PlainResponse = {
  status: 400,
  type: 'text/plain',
  body: 'This path speaks WebSocket, version 13.',
  kind: 'websocket-refused',
};
