// A WebSocket client on a bare socket, as exact as the vectors need it.
import { randomBytes } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Dialect } from './dialect.ts';
import { encodeFrame, type Frame, FrameReader, Opcode } from './frames.ts';
import { Inbox } from './inbox.ts';

const SEPARATOR = '\u001e';
const PING = `{"type":6}${SEPARATOR}`;
const ACK = /^\{"type":8,"sequenceId":(\d+)\}$/;
/** Response to the handshake. It is JSON in every protocol, and the only text in transcripts of a binary protocol. */
const HANDSHAKE_ANSWER = `{}${SEPARATOR}`;

/** An HTTP answer. The answer to an accepted upgrade has no body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface NewConnection {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Does not answer a close frame. */
  readonly silent?: boolean;
  /** Does not put Acks into the inbox. */
  readonly ignoreAcks?: boolean;
  /** Translates the JSON of the transcript to the bytes on the wire. */
  readonly dialect?: Dialect | undefined;
  /** The endpoint has no hub: messages are not parsed as records. */
  readonly raw?: boolean;
}

/** Headers of a correct upgrade request. */
export function upgradeHeaders(): Record<string, string> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
}

/** Sends the request unchanged. `connection` is present when the answer was 101. */
export async function upgrade(opening: NewConnection): Promise<{ answer: Answer; connection?: Connection }> {
  const { port, path, headers = {} } = opening;
  const sent = request({ host: '127.0.0.1', port, path, headers: headers as OutgoingHttpHeaders, agent: false });
  const [response, socket, head] = await answerTo(sent);
  const answer = { status: response.statusCode ?? 0, headers: plainHeaders(response) };
  if (socket === undefined) return { answer: { ...answer, body: await readBody(response) } };
  const accepted = { ...answer, body: '' };
  return { answer: accepted, connection: new Connection(accepted, socket, head, opening) };
}

function answerTo(sent: ClientRequest): Promise<[response: IncomingMessage, socket?: Socket, head?: Buffer]> {
  return new Promise((resolve, reject) => {
    sent.once('upgrade', (response, socket, head) => resolve([response, socket as Socket, head]));
    sent.once('response', (response) => resolve([response]));
    sent.once('error', reject);
    sent.end();
  });
}

export function plainHeaders(response: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
}

export async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export class Connection {
  readonly answer: Answer;
  readonly inbox = new Inbox();
  /** Kind of each message so far: `text` or `binary`. */
  readonly frames: string[] = [];
  pings = 0;
  /** Number of the last Ack, when Acks are ignored otherwise. */
  lastAck: number | undefined;
  ended = false;
  readonly silent: boolean;
  readonly #raw: boolean;
  readonly #ignoreAcks: boolean;
  readonly #socket: Socket;
  readonly #dialect: Dialect | undefined;
  readonly #reader = new FrameReader();
  readonly #fragments: Buffer[] = [];
  #saidAll = false;
  #closeReceived = false;

  constructor(
    answer: Answer,
    socket: Socket,
    head: Buffer | undefined,
    { silent = false, raw = false, ignoreAcks = false, dialect }: Omit<NewConnection, 'port' | 'path'>,
  ) {
    this.answer = answer;
    this.#socket = socket;
    this.silent = silent;
    this.#raw = raw;
    this.#ignoreAcks = ignoreAcks;
    this.#dialect = dialect;
    // A reset is one way to end. Only the end itself matters, and 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
      this.inbox.put({ kind: 'end of the socket' });
    });
    socket.on('data', (chunk) => this.#read(chunk));
    if (head !== undefined && head.length > 0) this.#read(head);
  }

  /** Whether nothing can be sent any more. */
  get over(): boolean {
    return this.ended || this.#saidAll;
  }

  send(said: Buffer, { binary = this.#dialect !== undefined, fragments = 1 } = {}): void {
    const message = this.#dialect?.toWire(said) ?? said;
    const size = Math.max(1, Math.ceil(message.length / fragments));
    for (let start = 0; start === 0 || start < message.length; start += size) {
      const opcode = start > 0 ? Opcode.continuation : binary ? Opcode.binary : Opcode.text;
      const final = start + size >= message.length;
      this.#socket.write(encodeFrame(opcode, message.subarray(start, start + size), final));
    }
  }

  close(code?: number): void {
    const payload = Buffer.alloc(code === undefined ? 0 : 2);
    if (code !== undefined) payload.writeUInt16BE(code);
    this.#saidAll = true;
    this.#socket.write(encodeFrame(Opcode.close, payload));
  }

  /** Ends the socket without a close frame; `reset` uses RST instead of FIN. */
  drop(how: 'end' | 'reset'): void {
    this.#saidAll = true;
    if (how === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.read(chunk)) this.#take(frame);
    } catch (error) {
      this.inbox.put({ kind: 'broken', why: String(error) });
    }
  }

  #take(frame: Frame): void {
    if (this.#closeReceived) throw new Error('a frame behind the close frame');
    if (frame.opcode === Opcode.close) this.#takeClose(frame.payload);
    else if (frame.opcode === Opcode.ping) this.#socket.write(encodeFrame(Opcode.pong, frame.payload));
    else if (frame.opcode !== Opcode.pong) this.#takeFragment(frame);
  }

  #takeFragment(frame: Frame): void {
    if (frame.opcode !== Opcode.continuation) this.frames.push(frame.opcode === Opcode.text ? 'text' : 'binary');
    this.#fragments.push(frame.payload);
    if (frame.final) this.#takeMessage(Buffer.concat(this.#fragments.splice(0)));
  }

  #takeMessage(message: Buffer): void {
    const isBinary = this.frames.at(-1) !== 'text';
    const said = isBinary && this.#dialect !== undefined ? this.#dialect.fromWire(message) : message;
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(said);
    if (isBinary && said === message && text !== HANDSHAKE_ANSWER) throw new Error('a record in a binary message');
    if (this.#raw) {
      this.inbox.put({ kind: 'record', record: text });
      return;
    }
    if (!text.endsWith(SEPARATOR)) throw new Error(`a message without a separator at its end: ${text}`);
    for (const record of text.split(SEPARATOR).slice(0, -1)) {
      const ack = this.#ignoreAcks ? ACK.exec(record)?.[1] : undefined;
      if (record + SEPARATOR === PING) this.pings += 1;
      else if (ack !== undefined) this.lastAck = Number(ack);
      else this.inbox.put({ kind: 'record', record: record + SEPARATOR });
    }
  }

  #takeClose(payload: Buffer): void {
    this.#closeReceived = true;
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.inbox.put({ kind: 'close frame', code, reason: payload.subarray(2).toString('utf8') });
    if (this.#saidAll || this.silent) return;
    this.#saidAll = true;
    this.#socket.write(encodeFrame(Opcode.close, payload.subarray(0, 2)));
  }
}
