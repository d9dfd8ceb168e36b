import type { ProtocolError } from '../errors.ts';
import type { TransportEnd } from '../transports/transport.ts';
import {
  type ClientProtocol,
  JSON_PROTOCOL,
  type ReadRecord,
  type SentRecord,
  textRecords,
} from './client-protocol.ts';

const TEXT = 0x81;
const BINARY = 0x82;

/** Actions of a client on its transport. Implemented by the transports in memory. */
export interface ServerSide {
  /** Bytes, or the client's close after them. They wait while the server does not read. */
  arrive(what: Buffer | TransportEnd): void;
  cut(): void;
  fail(error: ProtocolError): void;
  stall(): void;
  flow(): void;
  take(bytes: number): void;
  /** Over Long Polling: sends another poll in place of the one that waits, which is given up before, or not. */
  pollAgain?(givesUp: boolean): void;
  /** Over WebSockets: answers a ping. */
  pong?(): void;
}

/** The client of a transport in memory. The test decides when it sends and reads. */
export class MemoryClient {
  /** Records that it has read. */
  readonly records: ReadRecord[] = [];
  /** Its protocol; to be set before its handshake. Default: JSON. */
  protocol: ClientProtocol = JSON_PROTOCOL;
  /** Number of records in each frame, which shows the turns of the server as the client sees them. */
  readonly frames: number[] = [];
  /** Code of the server's close frame. */
  closeCode: number | undefined;
  /** Whether the transport has ended, by either side. */
  isEnded = false;
  /** Whether it answers a close frame. */
  answersClose = true;
  /** Whether it answers the pings of its transport, and the number of those that it has read. */
  answersPings = true;
  pings = 0;
  protected server: ServerSide;

  constructor(server: ServerSide) {
    this.server = server;
  }

  send(data: string | Uint8Array): void {
    if (!this.isEnded) this.server.arrive(Buffer.from(data as string));
  }

  sendRecord(...records: readonly unknown[]): void {
    this.send(Buffer.concat(records.map((record) => this.protocol.write(record as SentRecord))));
  }

  /** Sends one record that is no message. */
  sendGarbage(text: string): void {
    this.send(this.protocol.writeGarbage(text));
  }

  /** Version of the hub protocol. */
  get version(): number {
    return 1;
  }

  /** Sends the handshake. It is JSON, whatever protocol it asks for. */
  handshake(): void {
    if (this.protocol.hasHandshake === false) return;
    this.send(`${JSON.stringify({ protocol: this.protocol.name, version: this.version })}\x1e`);
  }

  /** Sends a call. Without an id the call expects no answer. */
  invoke(target: string, args: readonly unknown[], invocationId?: string): void {
    this.sendRecord({ type: 1, target, arguments: args, invocationId });
  }

  /** Sends a call whose answer is a stream. */
  stream(target: string, args: readonly unknown[], invocationId: string): void {
    this.sendRecord({ type: 4, target, arguments: args, invocationId });
  }

  /** Sends one item of an upload. */
  sendItem(streamId: string, item: unknown): void {
    this.sendRecord({ type: 2, invocationId: streamId, item });
  }

  /** Ends an upload, or sends a client result. */
  complete(id: string, outcome: { readonly result?: unknown; readonly error?: string } = {}): void {
    this.sendRecord({ type: 3, invocationId: id, ...outcome });
  }

  cancel(invocationId: string): void {
    this.sendRecord({ type: 5, invocationId });
  }

  ping(): void {
    this.sendRecord({ type: 6 });
  }

  /** Sends the Close record of the hub protocol; the close frame where there is no such record. */
  sendClose(error?: string): void {
    if (this.protocol.hasHandshake === false) this.close();
    else this.sendRecord({ type: 7, error });
  }

  /** Sends the close frame of the WebSocket. */
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

  /** Stops reading. */
  stall(): void {
    this.server.stall();
  }

  /** Reads this number of the bytes that wait. */
  take(bytes: number): void {
    this.server.take(bytes);
  }

  pollAgain(givesUp: boolean): void {
    if (!this.isEnded) this.server.pollAgain?.(givesUp);
  }

  /** Reads everything again. */
  flow(): void {
    this.server.flow();
  }

  /** Arguments of the calls of a client method that it has read. */
  calls(target: string): readonly (readonly unknown[])[] {
    return this.records.filter((record) => record.target === target).map((record) => record.arguments ?? []);
  }

  /** Completions of a call that it has read. */
  completions(invocationId: string): readonly ReadRecord[] {
    return this.records.filter((record) => record.type === 3 && record.invocationId === invocationId);
  }

  /** Items of a stream that it has read. */
  items(invocationId: string): readonly unknown[] {
    return this.records.filter((one) => one.type === 2 && one.invocationId === invocationId).map(({ item }) => item);
  }

  /** Client results that the server has requested: calls that want an answer. */
  get requestedResults(): readonly ReadRecord[] {
    return this.records.filter((record) => record.type === 1 && record.invocationId !== undefined);
  }

  /** The Close record of the server. */
  get closeRecord(): ReadRecord | undefined {
    return this.records.find((record) => record.type === 7);
  }

  // --- callbacks of its transport

  read(records: readonly ReadRecord[]): void {
    this.frames.push(records.length);
    this.records.push(...records);
  }

  pinged(): void {
    this.pings += 1;
    if (this.answersPings) this.server.pong?.();
  }

  closing(code: number): void {
    this.closeCode = code;
    if (this.answersClose) this.server.arrive({ by: 'loss' });
  }

  ended(): void {
    this.isEnded = true;
  }
}

/**
 * Records of what the server has written at once: one WebSocket message, or one for each record.
 *
 * @param protocol Protocol of the client. A text message is read as JSON in any protocol: a handshake may be refused.
 * @throws {Error} when the bytes are not exactly whole messages of whole records, as the protocol lays them out.
 */
export function recordsOfFrame(frame: Buffer, protocol: ClientProtocol): ReadRecord[] {
  const messages = messagesOf(frame);
  if (protocol.recordsPerMessage === 'many' && messages.length !== 1) throw new Error('This is not one message.');
  return messages.flatMap(({ firstByte, payload }) => {
    if (protocol.recordsPerMessage === 'many' && firstByte === TEXT) return textRecords(payload);
    const expected = protocol.transferFormat === 'Text' ? TEXT : BINARY;
    if (firstByte !== expected) throw new Error(`This is not a message of the kind ${protocol.transferFormat}.`);
    return protocol.read(payload);
  });
}

/** WebSocket messages, each in one frame that is not masked. */
function messagesOf(bytes: Buffer): { readonly firstByte: number; readonly payload: Buffer }[] {
  const messages: { readonly firstByte: number; readonly payload: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (bytes.length < start + length) throw new Error('This is no whole frame.');
    messages.push({ firstByte: bytes[at] as number, payload: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return messages;
}
