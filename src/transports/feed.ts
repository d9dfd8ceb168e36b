import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { requestInfo } from '../http/request-info.ts';
import { logRefusal } from '../http/request-log.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { LimitedLog } from '../log-limit.ts';
import type { Transport } from './transport.ts';
import { isWebSocketRequest, WebSocketAcceptor } from './websocket-acceptor.ts';

/** Nothing that a client says is read, so it need not say much. */
const MAXIMUM_FRAME_BYTES = 1_024;
/** A peer that has vanished without a word is noticed by TCP, since nobody pings. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** Who wants to listen. */
export interface FeedRequest extends HttpRequestInfo {
  /** Whether it came over TLS. */
  readonly isEncrypted: boolean;
}

export interface FeedParts {
  readonly alarms: Alarms;
  readonly log: LimitedLog;
  /** From so many bytes on that the kernel has not taken, `drained` is called when it has. */
  readonly highWaterBytes: number;
  /** Why not; undefined: welcome. Asked before anything else is looked at. */
  refusal(request: FeedRequest): PlainResponse | undefined;
  opened(request: FeedRequest, transport: Transport): void;
}

/** A WebSocket on which only the server speaks: an upgrade request becomes a transport, without any hub behind it. */
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
    const info: FeedRequest = { ...requestInfo(request), isEncrypted: isEncrypted(request.socket) };
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

function isEncrypted(socket: Socket): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
