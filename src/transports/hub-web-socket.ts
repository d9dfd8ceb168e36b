import { WebSocket } from 'ws';
import type { TransportEnd } from './transport.ts';

/** Close codes that ws itself sends when a client breaks the protocol (RFC 6455, section 7.4.1). */
const FAILURE_CODES = new Set([1002, 1007, 1008, 1009]);

/** Events of one WebSocket of ws, for its transport. */
export interface WebSocketEvents {
  received(data: Buffer, isBinary: boolean): void;
  pinged(payload: Buffer): void;
  ponged(): void;
  failed(error: Error): void;
  ended(end: TransportEnd): void;
}

/**
 * WebSocket of ws, with two differences. A client's close frame is answered with 1000 whatever its code was, as in
 * ASP.NET Core SignalR. And the transport is told of it at once, not when the TCP connection has ended.
 */
export class HubWebSocket extends WebSocket {
  /** Gets the events of ws without listeners: ten thousand sockets would have fifty thousand of them. */
  transport: WebSocketEvents | undefined;
  #isEnding = false;

  /**
   * @param first Argument of the event. The data of a message is a single Buffer, since ws's `binaryType` is the
   *   default.
   * @param second Of a message: whether it is a binary one.
   */
  override emit(event: string | symbol, first?: unknown, second?: unknown): boolean {
    const { transport } = this;
    if (transport === undefined) return super.emit(event, first, second);
    switch (event) {
      case 'message':
        transport.received(first as Buffer, second === true);
        return true;
      case 'ping':
        transport.pinged(first as Buffer);
        return true;
      case 'pong':
        transport.ponged();
        return true;
      case 'error':
        transport.failed(first as Error);
        return true;
      case 'close':
        transport.ended({ by: 'loss' });
        return true;
      default:
        return super.emit(event, first, second);
    }
  }

  /** Called by ws when the client has sent a close frame or has broken the protocol. */
  override close(code?: number): void {
    const isFailure = code !== undefined && FAILURE_CODES.has(code);
    super.close(isFailure ? code : 1000);
    if (!this.#isEnding && !isFailure) this.transport?.ended({ by: 'client' });
  }

  /** Ends the socket on behalf of the server. */
  end(code: number): void {
    this.#isEnding = true;
    super.close(code);
  }
}
