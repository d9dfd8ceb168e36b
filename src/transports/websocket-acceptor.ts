import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { answerUpgrade } from '../http/plain-response.ts';
import { logRefusal } from '../http/request-log.ts';
import type { LimitedLog } from '../log-limit.ts';
import { HubWebSocket } from './hub-web-socket.ts';
import { CLOSE_TIMEOUT_MS, type Transport } from './transport.ts';
import { type WebSocketParts, WebSocketTransport } from './websocket.ts';

/** The .NET client sends large messages in fragments of 4,096 bytes. Much smaller ones are a sign of abuse. */
const SMALLEST_FRAGMENT_BYTES = 1_024;
/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** An option of ws that its type declarations lack. */
interface NewerSettings {
  readonly closeTimeout: number;
}

/** Whether a request asks for a WebSocket over HTTP/1.0, which has none (RFC 6455, section 4.2.1). */
export function isWebSocketOverOldHttp({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.0' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Whether an upgrade request is a complete opening handshake (RFC 6455, section 4.2.1). */
export function isWebSocketRequest(request: IncomingMessage): boolean {
  const { method, headers } = request;
  return (
    method === 'GET' &&
    !isWebSocketOverOldHttp(request) &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    KEY.test(headers['sec-websocket-key'] ?? '')
  );
}

/**
 * Accepts the upgrades of one hub. ws answers the opening handshake and parses frames of clients; frames to clients are
 * our own.
 */
export class WebSocketAcceptor {
  readonly #server: Server<typeof HubWebSocket>;
  readonly #parts: WebSocketParts;

  /**
   * @param subprotocols Names that are answered when a client offers them, the preferred one first (RFC 6455, section
   *   1.9). Default: none, as in ASP.NET Core SignalR, whose clients offer none.
   */
  constructor(parts: WebSocketParts, log: LimitedLog, subprotocols: readonly string[] = []) {
    const { maximumFrameBytes } = parts;
    const fragments = Math.max(128, Math.ceil(maximumFrameBytes / SMALLEST_FRAGMENT_BYTES));
    this.#parts = parts;
    const settings: ServerOptions<typeof HubWebSocket> & NewerSettings = {
      noServer: true,
      clientTracking: false,
      // Frames are shared between sockets, which compression would make impossible.
      perMessageDeflate: false,
      maxPayload: maximumFrameBytes,
      maxFragments: fragments,
      maxBufferedChunks: 4 * fragments,
      closeTimeout: CLOSE_TIMEOUT_MS,
      // ws terminates a client without a close frame when 60 pongs wait: see PongSender.
      autoPong: false,
      handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
      WebSocket: HubWebSocket,
    };
    this.#server = new WebSocketServer(settings);
    // Faults that our own checks have not found; the texts of ws are constants.
    this.#server.on('wsClientError', (error, socket, request) => {
      const refusal = { status: 400, type: 'text/plain', body: error.message } as const;
      logRefusal(log, request, { ...refusal, kind: 'websocket-refused', reason: error.message });
      answerUpgrade(socket, refusal);
    });
  }

  /** Accepts the upgrade. @returns undefined when the client has hung up. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): Transport | undefined {
    let accepted: HubWebSocket | undefined;
    // Without `verifyClient` ws calls back synchronously, or never.
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      accepted = webSocket;
    });
    return accepted === undefined ? undefined : new WebSocketTransport(accepted, socket, this.#parts);
  }
}
