import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import type { Alarm, Alarms } from '../clock.ts';
import { ProtocolError } from '../errors.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { Framing, Transport, TransportEnd, TransportListener } from './transport.ts';
import { WEBSOCKET_FRAMING } from './websocket-framing.ts';

/** How long a client may take to finish a message that it has begun. */
const UNFINISHED_MS = 30_000;
/** What ws says for a message over `maxPayload`, and for one whose length is no number. */
const TOO_LARGE = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'];
/** RFC 6455, section 7.4.1: what ws itself sends when a client breaks the protocol. */
const FAILURE_CODES = new Set([1002, 1007, 1008, 1009]);

/** The socket that came with an upgrade request, as far as we use it; Node declares it as a Duplex. */
interface RawSocket extends Duplex {
  /** libuv's own count of what the kernel has not taken; Node's socket timeout looks at it for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/**
 * ws, with two differences: a client's close frame is answered with 1000 whatever its code was, as the original does, and
 * whoever listens hears of it at once instead of when the TCP connection is gone.
 */
export class HubWebSocket extends WebSocket {
  /** Whose it is. Its listeners find it here, so that one set of them serves every socket. */
  transport: WebSocketTransport | undefined;
  #isEnding = false;

  /** Called by ws itself when the client has closed or broken the protocol. */
  override close(code?: number): void {
    const isFailure = code !== undefined && FAILURE_CODES.has(code);
    super.close(isFailure ? code : 1000);
    if (!this.#isEnding && !isFailure) this.transport?.ended({ by: 'client' });
  }

  /** The server ends it. */
  end(code: number): void {
    this.#isEnding = true;
    super.close(code);
  }
}

export class WebSocketTransport implements Transport {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly #webSocket: HubWebSocket;
  readonly #socket: RawSocket;
  readonly #highWaterBytes: number;
  readonly #maximumFrameBytes: number;
  readonly #alarms: Alarms;
  /** Set while a message is unfinished; most are whole when they arrive. */
  #unfinished: Alarm | undefined;
  #listener: TransportListener | undefined;
  #written = 0;
  #isWritable = true;
  #isEnded = false;
  #sawMessage = false;

  constructor(
    webSocket: HubWebSocket,
    socket: Duplex,
    parts: { readonly alarms: Alarms; readonly highWaterBytes: number; readonly maximumFrameBytes: number },
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#highWaterBytes = parts.highWaterBytes;
    this.#maximumFrameBytes = parts.maximumFrameBytes;
    this.#alarms = parts.alarms;
  }

  framing(format: 'Text' | 'Binary'): Framing {
    return WEBSOCKET_FRAMING[format];
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    const webSocket = this.#webSocket;
    webSocket.transport = this;
    webSocket.on('message', onMessage);
    webSocket.on('ping', onControlFrame);
    webSocket.on('pong', onControlFrame);
    webSocket.on('error', onError);
    webSocket.on('close', onClose);
    // After ws's own listener, so that a whole message of this chunk has been seen already.
    this.#socket.on('data', () => this.#watchUnfinished());
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }
  get progress(): number {
    return this.#written - this.#socket.writableLength - (this.#socket._handle?.writeQueueSize ?? 0);
  }

  write(frame: Buffer): void {
    if (!this.#isWritable) return;
    this.#written += frame.length;
    // Only a write that crosses the mark needs to hear when it is over.
    const crosses = this.#socket.writableLength + frame.length >= this.#highWaterBytes;
    this.#socket.write(frame, crosses ? (error) => this.#taken(error) : undefined);
  }

  pause(): void {
    this.#webSocket.pause();
    this.#unfinished?.clear();
  }
  resume(): void {
    this.#webSocket.resume();
  }

  close(code: number): void {
    this.#isWritable = false;
    // The client's answer has to be read, whatever waits before it.
    this.#webSocket.resume();
    this.#webSocket.end(code);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  // --- what ws tells

  received(data: Buffer): void {
    this.#sawMessage = true;
    this.#listener?.received(data);
  }

  sawControlFrame(): void {
    this.#sawMessage = true;
  }

  failed(error: Error): void {
    this.ended({ by: 'loss', ...faultOf(error, this.#maximumFrameBytes) });
  }

  ended(end: TransportEnd): void {
    this.#isWritable = false;
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unfinished?.clear();
    this.#listener?.closed(end);
  }

  #taken(error?: Error | null): void {
    if (error == null) this.#listener?.drained();
  }

  /** Bytes without a whole message: one is unfinished, and has so long from its first such bytes on. */
  #watchUnfinished(): void {
    if (this.#sawMessage) {
      this.#sawMessage = false;
      this.#unfinished?.clear();
    } else if (!this.#isEnded) {
      this.#unfinished ??= this.#alarms.alarm(() => this.terminate());
      if (!this.#unfinished.isSet) this.#unfinished.set(UNFINISHED_MS);
    }
  }
}

// ws's `binaryType` is left alone, so a message is a single Buffer.
function onMessage(this: WebSocket, data: RawData): void {
  (this as HubWebSocket).transport?.received(data as Buffer);
}
function onControlFrame(this: WebSocket): void {
  (this as HubWebSocket).transport?.sawControlFrame();
}
function onError(this: WebSocket, error: Error): void {
  (this as HubWebSocket).transport?.failed(error);
}
function onClose(this: WebSocket): void {
  (this as HubWebSocket).transport?.ended({ by: 'loss' });
}

/** What a client did wrong on the level of WebSockets; nothing for a socket that merely broke. */
function faultOf(error: Error & { code?: string }, maximumFrameBytes: number): { readonly error?: ProtocolError } {
  if (error.code !== undefined && TOO_LARGE.includes(error.code)) {
    return { error: new MessageTooLargeError(maximumFrameBytes, 'maximumFrameBytes') };
  }
  if (error.code?.startsWith('WS_ERR_') === true) return { error: new ProtocolError(error.message) };
  return {};
}
