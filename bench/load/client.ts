import { connect, type Socket } from 'node:net';
import type { Dialect } from './dialect.ts';
import { BINARY, CLOSE, clientFrame, FrameReader, PING, PONG_FRAME, TEXT } from './frames.ts';
import { MARK_BYTE, markIn } from './stamps.ts';

/** Description of a measured message: its length is known, so it is recognised without being parsed. */
export interface Watch {
  readonly length: number;
  readonly mark: number;
  /** Called for each measured message. `at` is the position of its mark. */
  arrived(client: Client, bytes: Buffer, at: number): void;
}

export function watchFor(message: string, arrived: Watch['arrived']): Watch {
  const bytes = Buffer.from(message, 'latin1');
  return { length: bytes.length, mark: markIn(bytes), arrived };
}

/** What a client sends with its upgrade. */
export interface UpgradeParts {
  /** Query with its question mark. Default: none. */
  readonly query?: string;
  /** Lines with their ends. Default: none. */
  readonly headers?: string;
}

const HEAD_END = '\r\n\r\n';
/** Shared by all sockets, because they are read one after the other. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1_024);

/** One client: a TCP socket with as little code on top of it as possible. */
export class Client {
  /** The connection id; '' unless it was requested. */
  id = '';
  /** The last message of the server that was not a measured message, for error texts. */
  lastMessage = '';
  watch: Watch | undefined;
  isClosed = false;
  readonly #dialect: Dialect;
  readonly #socket: Socket;
  readonly #wantsId: boolean;
  readonly #frames = new FrameReader((bytes, start, end, opcode) => this.#framed(bytes, start, end, opcode));
  readonly #waiters = new Map<string, () => void>();
  #head: string | undefined = '';
  #isReading = true;
  #ready: () => void = () => {};

  private constructor(
    port: number,
    dialect: Dialect,
    wantsId: boolean,
    { query = '', headers = '' }: UpgradeParts,
    failed: (error: Error) => void,
  ) {
    this.#dialect = dialect;
    this.#wantsId = wantsId;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: (length, buffer) => this.#read(buffer.subarray(0, length) as Buffer) },
    });
    this.#socket.on('error', failed);
    this.#socket.on('close', () => {
      this.isClosed = true;
      failed(new Error(`the server closed a connection. It said last: ${this.lastMessage.slice(0, 200) || 'nothing'}`));
    });
    this.#socket.write(
      `GET ${dialect.path}${query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
    );
  }

  /** Resolves when messages can be sent. */
  static open(port: number, dialect: Dialect, wantsId: boolean, parts: UpgradeParts = {}): Promise<Client> {
    return new Promise((resolve, reject) => {
      const client = new Client(port, dialect, wantsId, parts, reject);
      client.#ready = () => resolve(client);
    });
  }

  /** Writes whole frames. */
  write(frames: Buffer): void {
    this.#socket.write(frames);
  }

  /** Sends a message and resolves when an answer with this beginning has arrived. */
  ask(message: string, beginning: string): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#waiters.set(beginning, resolve));
    this.#send(message);
    return answered;
  }

  /** Stops reading until `resume`. */
  pause(): void {
    this.#isReading = false;
    this.#socket.pause();
  }

  resume(): void {
    this.#isReading = true;
    this.#socket.resume();
  }

  /** Sends a close frame without a SignalR Close message. Resolves when the server has closed the socket, too. */
  close(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.end(clientFrame(Buffer.from([0x03, 0xe8]), CLOSE));
    });
  }

  #send(message: string): void {
    this.write(clientFrame(Buffer.from(message, 'latin1'), this.#dialect.opcode));
  }

  #read(chunk: Buffer): boolean {
    if (this.#head === undefined) this.#frames.read(chunk);
    else this.#readHead(chunk);
    return this.#isReading;
  }

  #readHead(chunk: Buffer): void {
    const head = this.#head + chunk.toString('latin1');
    const end = head.indexOf(HEAD_END);
    if (end === -1) {
      this.#head = head;
      return;
    }
    if (!head.startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head.slice(0, 200)}`);
    this.#head = undefined;
    if (this.#dialect.handshake !== undefined) this.#send(this.#dialect.handshake);
    const rest = Buffer.from(head.slice(end + HEAD_END.length), 'latin1');
    if (rest.length > 0) this.#frames.read(rest);
  }

  /** The measured path: frames that contain only watched messages. */
  #framed(bytes: Buffer, start: number, end: number, opcode: number): void {
    const { watch } = this;
    if (watch !== undefined && (end - start) % watch.length === 0 && bytes[start + watch.mark] === MARK_BYTE) {
      for (let at = start + watch.mark; at < end; at += watch.length) watch.arrived(this, bytes, at);
    } else if (opcode === TEXT || opcode === BINARY) this.#mixed(bytes, start, end);
    else if (opcode === PING) this.write(PONG_FRAME);
  }

  /** All other frames: several kinds of messages in a frame, or other messages of the server. */
  #mixed(bytes: Buffer, start: number, end: number): void {
    const { watch } = this;
    for (let from = start; from < end; ) {
      const next = this.#dialect.endOf(bytes, from, end);
      if (watch !== undefined && next - from === watch.length && bytes[from + watch.mark] === MARK_BYTE)
        watch.arrived(this, bytes, from + watch.mark);
      else this.#received(bytes.toString('latin1', from, next));
      from = next;
    }
  }

  #received(message: string): void {
    const dialect = this.#dialect;
    this.lastMessage = message;
    const id = dialect.idIn(message);
    if (id !== undefined) this.id = id;
    const answered = [...this.#waiters.keys()].find((beginning) => message.startsWith(beginning));
    const reply = dialect.replyTo(message);
    if (reply !== undefined) this.#send(reply);
    if (answered !== undefined) {
      this.#waiters.get(answered)?.();
      this.#waiters.delete(answered);
    } else if (dialect.isReady(message)) this.#onConnected();
    else if (id !== undefined) this.#ready();
  }

  #onConnected(): void {
    const { askId } = this.#dialect;
    if (this.#wantsId && askId !== undefined) this.#send(askId);
    else this.#ready();
  }
}
