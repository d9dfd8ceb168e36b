import type { Duplex } from 'node:stream';
import type { Alarms } from '../clock.ts';
import { ProtocolError } from '../errors.ts';
import { MessageTooLargeError } from '../protocol/message-too-large.ts';
import type { RecordLayout } from '../protocol/record-layout.ts';
import { FrameBudget, TOO_MANY_FRAMES } from './frame-budget.ts';
import type { HubWebSocket, WebSocketEvents } from './hub-web-socket.ts';
import { PongSender } from './pong-sender.ts';
import type { Framing, Transport, TransportEnd, TransportListener } from './transport.ts';
import { UNFINISHED_MS, UnfinishedLimit } from './unfinished-limit.ts';
import { unfinishedBytes, unfinishedPart } from './unfinished-message.ts';
import { webSocketFraming } from './websocket-framing.ts';

/** Error codes of ws for a message over `maxPayload`, and for one whose length is no safe integer. */
const TOO_LARGE = ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'];
/** Close code for a message that violates the receiver's policy (RFC 6455, section 7.4.1). */
const POLICY_VIOLATION = 1008;
/** A ping without a payload (RFC 6455, section 5.5.2). */
const PING = Buffer.from([0x89, 0]);

/** The part of an upgrade request's socket that we use; Node declares it as a Duplex. */
interface RawSocket extends Duplex {
  /** libuv's count of the bytes that the kernel has not taken; Node's socket timeout uses it for the same purpose. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** Parts that all WebSockets of a hub share. */
export interface WebSocketParts {
  readonly alarms: Alarms;
  readonly highWaterBytes: number;
  readonly maximumFrameBytes: number;
}

export class WebSocketTransport implements Transport, WebSocketEvents {
  readonly name = 'WebSockets';
  readonly keepsAlive = false;
  readonly isAttached = true;
  readonly #webSocket: HubWebSocket;
  readonly #socket: RawSocket;
  readonly #parts: WebSocketParts;
  /** Made for the first message that is not whole when it arrives. */
  #unfinished: UnfinishedLimit | undefined;
  /** Made for the first ping, pong or empty message. */
  #budget: FrameBudget | undefined;
  /** Made for the first ping. */
  #pongs: PongSender | undefined;
  #listener: TransportListener | undefined;
  /** Number of held bytes that the listener was told last. */
  #held = 0;
  #written = 0;
  #isWritable = true;
  #isEnded = false;
  /** Whether a whole message has come since the last chunk, and a whole ping or pong. */
  #sawMessage = false;
  #sawControlFrame = false;

  constructor(webSocket: HubWebSocket, socket: Duplex, parts: WebSocketParts) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#parts = parts;
  }

  framing(layout: RecordLayout): Framing {
    return webSocketFraming(layout);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#webSocket.transport = this;
    // After ws's own listener, which has read the whole chunk by then.
    this.#socket.on('data', () => this.#watchUnfinished());
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }
  get progress(): number {
    return this.#written - this.#socket.writableLength - (this.#socket._handle?.writeQueueSize ?? 0);
  }

  write(frame: Buffer): void {
    // Only a write that crosses the mark needs a callback.
    const crosses = this.#socket.writableLength + frame.length >= this.#parts.highWaterBytes;
    this.#write(frame, crosses ? () => this.#listener?.drained() : undefined);
  }

  ping(): void {
    this.#write(PING);
  }

  pause(): void {
    this.#webSocket.pause();
    this.#unfinished?.pause();
  }
  resume(): void {
    this.#webSocket.resume();
    this.#unfinished?.resume();
  }

  close(code: number): void {
    this.#isWritable = false;
    // The client's close frame has to be read, whatever comes before it.
    this.#webSocket.resume();
    this.#webSocket.end(code);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  // --- events of ws

  received(data: Buffer, isBinary: boolean): void {
    this.#sawMessage = true;
    if (data.length === 0 && !this.#spend()) return;
    // ws reports whole messages only.
    this.#listener?.received(data, true, isBinary);
  }

  pinged(payload: Buffer): void {
    this.#sawControlFrame = true;
    if (!this.#spend()) return;
    this.#pongs ??= new PongSender((frame, written) => this.#write(frame, written));
    this.#pongs.answer(payload);
  }

  ponged(): void {
    this.#sawControlFrame = true;
    if (this.#spend()) this.#listener?.ponged();
  }

  failed(error: Error): void {
    this.ended({ by: 'loss', ...faultOf(error, this.#parts.maximumFrameBytes) });
  }

  ended(end: TransportEnd): void {
    this.#isWritable = false;
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#unfinished?.clear();
    this.#hold(0);
    this.#listener?.closed(end);
  }

  #write(frame: Buffer, written?: () => void): void {
    if (!this.#isWritable) return;
    this.#written += frame.length;
    this.#socket.write(frame, written === undefined ? undefined : (error) => error == null && written());
  }

  /** @returns whether the client may send one more frame without data. */
  #spend(): boolean {
    if (this.#isEnded) return false;
    this.#budget ??= new FrameBudget();
    const isWithin = this.#budget.spend(this.#parts.alarms.realNow());
    if (!isWithin) this.#closeForViolation(TOO_MANY_FRAMES);
    return isWithin;
  }

  #hold(bytes: number): void {
    if (bytes === this.#held) return;
    this.#held = bytes;
    this.#listener?.holding(bytes);
  }

  #watchUnfinished(): void {
    if (!this.#isEnded) this.#hold(unfinishedBytes(this.#webSocket));
    const part = unfinishedPart(this.#webSocket);
    // With pings and pongs between its fragments a message is still the same one.
    const isAnother = this.#sawMessage || (this.#sawControlFrame && part === 'frame');
    this.#sawMessage = false;
    this.#sawControlFrame = false;
    if (part === 'nothing' || this.#isEnded) {
      this.#unfinished?.clear();
      return;
    }
    this.#unfinished ??= new UnfinishedLimit(this.#parts.alarms, () =>
      this.#closeForViolation(`A WebSocket message was begun and not finished within ${UNFINISHED_MS} ms.`),
    );
    if (this.#webSocket.isPaused) this.#unfinished.pause();
    this.#unfinished.begin(isAnother);
  }

  /**
   * Sends a close frame. Bytes that still come are read and discarded: a reset would take the close frame from the
   * client.
   */
  #closeForViolation(why: string): void {
    this.#webSocket.close(POLICY_VIOLATION);
    this.#socket.removeAllListeners('data').resume();
    this.#socket.end();
    this.ended({ by: 'loss', error: new ProtocolError(why) });
  }
}

/** Fault of the client on the level of WebSockets; nothing for a socket that broke. */
function faultOf(error: Error & { code?: string }, maximumFrameBytes: number): { readonly error?: ProtocolError } {
  if (error.code !== undefined && TOO_LARGE.includes(error.code)) {
    return { error: new MessageTooLargeError(maximumFrameBytes, 'maximumFrameBytes') };
  }
  if (error.code?.startsWith('WS_ERR_') === true) return { error: new ProtocolError(error.message) };
  return {};
}
