import type { ProtocolError } from '../../src/errors.ts';
import type { TransportEnd } from '../../src/transports/transport.ts';

const SEPARATOR = '\x1e';

/** What a client can do to its transport. */
export interface ServerSide {
  /** Bytes, or the client's close behind them; waits while the server does not read. */
  arrive(what: Buffer | TransportEnd): void;
  cut(): void;
  fail(error: ProtocolError): void;
  stall(): void;
  flow(): void;
  take(bytes: number): void;
  /** Over Long Polling: another poll instead of the one that waits, which is given up before, or not. */
  pollAgain?(givesUp: boolean): void;
}

/** A record as the client reads it. */
export interface ReadRecord {
  readonly type?: number;
  readonly target?: string;
  readonly arguments?: readonly unknown[];
  readonly invocationId?: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly allowReconnect?: boolean;
}

/** The client of a `MemoryTransport`: sends what it likes, and reads as much as it likes. */
export class MemoryClient {
  /** What it has read, record by record. */
  readonly records: ReadRecord[] = [];
  /** How many records each frame held: the turns of the server, as the client sees them. */
  readonly frames: number[] = [];
  /** The code of the server's close frame. */
  closeCode: number | undefined;
  /** The transport has ended, whoever ended it. */
  isEnded = false;
  /** Whether it answers a close frame. */
  isPolite = true;
  readonly #server: ServerSide;

  constructor(server: ServerSide) {
    this.#server = server;
  }

  send(data: string | Uint8Array): void {
    if (!this.isEnded) this.#server.arrive(Buffer.from(data as string));
  }

  sendRecord(...records: readonly unknown[]): void {
    this.send(records.map((record) => JSON.stringify(record) + SEPARATOR).join(''));
  }

  handshake(): void {
    this.sendRecord({ protocol: 'json', version: 1 });
  }

  /** A call; without an id nobody waits for its answer. */
  invoke(target: string, args: readonly unknown[], invocationId?: string): void {
    this.sendRecord({ type: 1, target, arguments: args, invocationId });
  }

  ping(): void {
    this.sendRecord({ type: 6 });
  }

  /** The Close record of the hub protocol. */
  sayGoodbye(error?: string): void {
    this.sendRecord({ type: 7, error });
  }

  /** The close frame of the WebSocket. */
  close(): void {
    if (!this.isEnded) this.#server.arrive({ by: 'client' });
  }

  cut(): void {
    this.#server.cut();
  }

  /** Breaks the rules of the transport itself. */
  fail(error: ProtocolError): void {
    this.#server.fail(error);
  }

  /** Takes nothing any more. */
  stall(): void {
    this.#server.stall();
  }

  /** Takes so many of the bytes that wait. */
  take(bytes: number): void {
    this.#server.take(bytes);
  }

  pollAgain(givesUp: boolean): void {
    if (!this.isEnded) this.#server.pollAgain?.(givesUp);
  }

  /** Takes everything again. */
  flow(): void {
    this.#server.flow();
  }

  /** The calls of a client method that it has read, as their arguments. */
  calls(target: string): readonly (readonly unknown[])[] {
    return this.records.filter((record) => record.target === target).map((record) => record.arguments ?? []);
  }

  /** The answers to a call that it has read. */
  completions(invocationId: string): readonly ReadRecord[] {
    return this.records.filter((record) => record.type === 3 && record.invocationId === invocationId);
  }

  /** The Close record of the server. */
  get farewell(): ReadRecord | undefined {
    return this.records.find((record) => record.type === 7);
  }

  // --- what its transport tells

  read(records: readonly ReadRecord[]): void {
    this.frames.push(records.length);
    this.records.push(...records);
  }

  closing(code: number): void {
    this.closeCode = code;
    if (this.isPolite) this.#server.arrive({ by: 'loss' });
  }

  ended(): void {
    this.isEnded = true;
  }
}

/** The records of one unmasked frame. @throws when the frame is not exactly one whole text message of whole records. */
export function recordsOf(frame: Buffer): ReadRecord[] {
  const short = (frame[1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  if (frame[0] !== 0x81 || frame.length !== header + length) throw new Error('This is no whole text frame.');
  return recordsIn(frame.subarray(header));
}

/** The records of one message. @throws when it ends within a record. */
export function recordsIn(message: Buffer): ReadRecord[] {
  const texts = message.toString('utf8').split(SEPARATOR);
  if (texts.pop() !== '') throw new Error('The message ends within a record.');
  return texts.map((text) => JSON.parse(text) as ReadRecord);
}
