import type { ProtocolError } from '../../src/errors.ts';
import type { ProtocolName } from '../../src/protocol/codec.ts';
import type { TransportEnd } from '../../src/transports/transport.ts';
import { packed, packedRecord, type SentRecord } from './messagepack-records.ts';
import { binaryRecords, type ReadRecord, textRecords } from './read-records.ts';

const SEPARATOR = '\x1e';
const TEXT = 0x81;
const BINARY = 0x82;

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

/** The client of a `MemoryTransport`: sends what it likes, and reads as much as it likes. */
export class MemoryClient {
  /** What it has read, record by record. */
  readonly records: ReadRecord[] = [];
  /** What it speaks; to be chosen before its handshake. */
  protocol: ProtocolName = 'json';
  /** How many records each frame held: the turns of the server, as the client sees them. */
  readonly frames: number[] = [];
  /** The code of the server's close frame. */
  closeCode: number | undefined;
  /** The transport has ended, whoever ended it. */
  isEnded = false;
  /** Whether it answers a close frame. */
  isPolite = true;
  protected server: ServerSide;

  constructor(server: ServerSide) {
    this.server = server;
  }

  send(data: string | Uint8Array): void {
    if (!this.isEnded) this.server.arrive(Buffer.from(data as string));
  }

  sendRecord(...records: readonly unknown[]): void {
    if (this.protocol === 'json') this.send(records.map((record) => JSON.stringify(record) + SEPARATOR).join(''));
    else this.send(Buffer.concat(records.map((record) => packedRecord(record as SentRecord))));
  }

  /** One record that is no message. */
  sendGarbage(text: string): void {
    this.send(this.protocol === 'json' ? text + SEPARATOR : packed(text));
  }

  /** Of the hub protocol. */
  get version(): number {
    return 1;
  }

  /** In JSON, whatever the protocol is that it asks for. */
  handshake(): void {
    this.send(JSON.stringify({ protocol: this.protocol, version: this.version }) + SEPARATOR);
  }

  /** A call; without an id nobody waits for its answer. */
  invoke(target: string, args: readonly unknown[], invocationId?: string): void {
    this.sendRecord({ type: 1, target, arguments: args, invocationId });
  }

  /** A call whose answer is a stream. */
  stream(target: string, args: readonly unknown[], invocationId: string): void {
    this.sendRecord({ type: 4, target, arguments: args, invocationId });
  }

  /** One item of a stream of its own. */
  sendItem(streamId: string, item: unknown): void {
    this.sendRecord({ type: 2, invocationId: streamId, item });
  }

  /** The end of a stream of its own, or its answer to a question. */
  complete(id: string, outcome: { readonly result?: unknown; readonly error?: string } = {}): void {
    this.sendRecord({ type: 3, invocationId: id, ...outcome });
  }

  cancel(invocationId: string): void {
    this.sendRecord({ type: 5, invocationId });
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
    if (!this.isEnded) this.server.arrive({ by: 'client' });
  }

  cut(): void {
    this.server.cut();
  }

  /** Breaks the rules of the transport itself. */
  fail(error: ProtocolError): void {
    this.server.fail(error);
  }

  /** Takes nothing any more. */
  stall(): void {
    this.server.stall();
  }

  /** Takes so many of the bytes that wait. */
  take(bytes: number): void {
    this.server.take(bytes);
  }

  pollAgain(givesUp: boolean): void {
    if (!this.isEnded) this.server.pollAgain?.(givesUp);
  }

  /** Takes everything again. */
  flow(): void {
    this.server.flow();
  }

  /** The calls of a client method that it has read, as their arguments. */
  calls(target: string): readonly (readonly unknown[])[] {
    return this.records.filter((record) => record.target === target).map((record) => record.arguments ?? []);
  }

  /** The answers to a call that it has read. */
  completions(invocationId: string): readonly ReadRecord[] {
    return this.records.filter((record) => record.type === 3 && record.invocationId === invocationId);
  }

  /** The items of a stream that it has read. */
  items(invocationId: string): readonly unknown[] {
    return this.records.filter((one) => one.type === 2 && one.invocationId === invocationId).map(({ item }) => item);
  }

  /** The questions that it has read: calls that want an answer. */
  get questions(): readonly ReadRecord[] {
    return this.records.filter((record) => record.type === 1 && record.invocationId !== undefined);
  }

  /** The Close record of the server. */
  get runCloseSequence(): ReadRecord | undefined {
    return this.records.find((record) => record.type === 7);
  }

  // --- what its transport tells

  read(records: readonly ReadRecord[]): void {
    this.frames.push(records.length);
    this.records.push(...records);
  }

  closing(code: number): void {
    this.closeCode = code;
    if (this.isPolite) this.server.arrive({ by: 'loss' });
  }

  ended(): void {
    this.isEnded = true;
  }
}

/** The records of one unmasked frame. @throws when the frame is not exactly one whole message of whole records. */
export function recordsOf(frame: Buffer): ReadRecord[] {
  const short = (frame[1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  if (frame.length !== header + length) throw new Error('This is no whole frame.');
  const payload = frame.subarray(header);
  if (frame[0] === TEXT) return textRecords(payload);
  if (frame[0] !== BINARY) throw new Error('This is neither a text nor a binary message.');
  return binaryRecords(payload);
}
