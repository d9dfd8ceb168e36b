import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Server, type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import type { Alarm, Alarms } from '../clock.ts';
import { ProtocolError } from '../errors.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import {
  CLOSE_TIMEOUT_MS,
  type Framing,
  type Transport,
  type TransportEnd,
  type TransportListener,
} from './transport.ts';
import { WEBSOCKET_FRAMING } from './websocket-framing.ts';

/** How long a client may take to finish a message that it has begun. */
const UNFINISHED_MS = 30_000;
/** The .NET client sends large messages in fragments of 4,096 bytes; smaller ones are not honest. */
const HONEST_FRAGMENT_BYTES = 1_024;
/** 16 bytes as base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** What ws says for a message over `maxPayload`, and for one whose length is no number. */
const TOO_LARGE = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'];
/** RFC 6455, section 7.4.1: what ws itself sends when a client breaks the protocol. */
const FAILURE_CODES = new Set([1002, 1007, 1008, 1009]);

/** An option of ws that its type declarations do not know yet. */
interface NewerSettings {
  readonly closeTimeout: number;
}

/** The socket that came with an upgrade request, as far as we use it; Node declares it as a Duplex. */
interface RawSocket extends Duplex {
  /** libuv's own count of what the kernel has not taken; Node's socket timeout looks at it for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/**
 * ws, with two differences: a client's close frame is answered with 1000 whatever its code was, as the original does, and
 * whoever listens hears of it at once instead of when the TCP connection is gone.
 */
class HubWebSocket extends WebSocket {
  onPeerClose: () => void = () => {};
  #isEnding = false;

  /** Called by ws itself when the client has closed or broken the protocol. */
  override close(code?: number): void {
    const isFailure = code !== undefined && FAILURE_CODES.has(code);
    super.close(isFailure ? code : 1000);
    if (!this.#isEnding && !isFailure) this.onPeerClose();
  }

  /** The server ends it. */
  end(code: number): void {
    this.#isEnding = true;
    super.close(code);
  }
}

/** Whether an upgrade request is a complete opening handshake (RFC 6455, section 4.2.1). */
export function isWebSocketRequest({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    KEY.test(headers['sec-websocket-key'] ?? '')
  );
}

/** Accepts the upgrades of one hub. ws does the handshake and parses what clients send; frames to them are our own. */
export class WebSocketAcceptor {
  readonly #server: Server<typeof HubWebSocket>;
  readonly #alarms: Alarms;
  readonly #maximumFrameBytes: number;
  readonly #highWaterBytes: number;

  constructor(options: { readonly maximumFrameBytes: number; readonly highWaterBytes: number }, alarms: Alarms) {
    const { maximumFrameBytes } = options;
    const fragments = Math.max(128, Math.ceil(maximumFrameBytes / HONEST_FRAGMENT_BYTES));
    this.#maximumFrameBytes = maximumFrameBytes;
    this.#highWaterBytes = options.highWaterBytes;
    this.#alarms = alarms;
    const settings: ServerOptions<typeof HubWebSocket> & NewerSettings = {
      noServer: true,
      clientTracking: false,
      // Frames are shared between sockets, which compression would make impossible.
      perMessageDeflate: false,
      maxPayload: maximumFrameBytes,
      maxFragments: fragments,
      maxBufferedChunks: 4 * fragments,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: () => false,
      WebSocket: HubWebSocket,
    };
    this.#server = new WebSocketServer(settings);
  }

  /** `ready` gets the transport once the upgrade has been answered; it is not called when the client is gone by then. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, ready: (transport: Transport) => void): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      ready(
        new WebSocketTransport(webSocket, socket, {
          alarms: this.#alarms,
          highWaterBytes: this.#highWaterBytes,
          maximumFrameBytes: this.#maximumFrameBytes,
        }),
      );
    });
  }
}

class WebSocketTransport implements Transport {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly #webSocket: HubWebSocket;
  readonly #socket: RawSocket;
  readonly #highWaterBytes: number;
  readonly #maximumFrameBytes: number;
  readonly #unfinished: Alarm;
  readonly #taken = (error?: Error | null): void => {
    if (error == null) this.#listener?.drained();
  };
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
    this.#unfinished = parts.alarms.alarm(() => this.terminate());
  }

  framing(format: 'Text' | 'Binary'): Framing {
    return WEBSOCKET_FRAMING[format];
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    const webSocket = this.#webSocket;
    webSocket.onPeerClose = () => this.#end({ by: 'client' });
    webSocket.on('message', (data: Buffer) => {
      this.#sawMessage = true;
      listener.received(data);
    });
    webSocket.on('ping', () => this.#see());
    webSocket.on('pong', () => this.#see());
    webSocket.on('error', (error) => this.#end({ by: 'loss', ...faultOf(error, this.#maximumFrameBytes) }));
    webSocket.on('close', () => this.#end({ by: 'loss' }));
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
    this.#socket.write(frame, crosses ? this.#taken : undefined);
  }

  pause(): void {
    this.#webSocket.pause();
    this.#unfinished.clear();
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

  #end(end: TransportEnd): void {
    this.#isWritable = false;
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unfinished.clear();
    this.#listener?.closed(end);
  }

  #see(): void {
    this.#sawMessage = true;
  }

  /** Bytes without a whole message: one is unfinished, and has so long from its first such bytes on. */
  #watchUnfinished(): void {
    if (this.#sawMessage) {
      this.#sawMessage = false;
      this.#unfinished.clear();
    } else if (!this.#unfinished.isSet && !this.#isEnded) this.#unfinished.set(UNFINISHED_MS);
  }
}

/** What a client did wrong on the level of WebSockets; nothing for a socket that merely broke. */
function faultOf(error: Error & { code?: string }, maximumFrameBytes: number): { readonly error?: ProtocolError } {
  if (error.code !== undefined && TOO_LARGE.includes(error.code)) {
    return { error: new MessageTooLargeError(maximumFrameBytes, 'maximumFrameBytes') };
  }
  if (error.code?.startsWith('WS_ERR_') === true) return { error: new ProtocolError(error.message) };
  return {};
}
