import type { Socket } from 'node:net';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import type { ReadRecord, SentRecord } from '../../src/testing/client-protocol.ts';
import { binaryRecords } from './client-protocols.ts';
import { Inbox } from './inbox.ts';
import { packedRecord } from './messagepack-records.ts';
import { exchange, type HeaderLines, upgradeRequest } from './raw-http.ts';
import { clientFrame, type FrameOptions, Opcode, ServerFrames } from './websocket-frames.ts';

export interface RawClientOptions {
  /** Default: /hub */
  readonly path?: string;
  readonly headers?: HeaderLines;
  /** The client's own address. Default: 127.0.0.1 */
  readonly from?: string;
  /** Whether it answers a close frame, as it should. Default: true. */
  readonly answersClose?: boolean;
  /** Default: json */
  readonly protocol?: ProtocolName;
  /** Called for each record, which is then not added to `records`. A record of MessagePack is given as JSON. */
  readonly onRecord?: (record: Buffer) => void;
}

/** The server's end of the connection: the code of its close frame, or undefined without a close frame. */
export interface RawEnd {
  readonly code: number | undefined;
}

const SEPARATOR = '\x1e';

/**
 * A SignalR client made of a bare socket. It can stop reading and break every rule, and ten thousand of them fit into
 * one process. By itself it only answers close frames.
 */
export class RawClient {
  readonly socket: Socket;
  readonly records = new Inbox<ReadRecord>();
  readonly pongs = new Inbox<string>();
  /** Resolves when the socket is closed. */
  readonly ended: Promise<RawEnd>;
  readonly #frames = new ServerFrames();
  readonly #onRecord: (record: Buffer) => void;
  readonly #answersClose: boolean;
  readonly #protocol: ProtocolName;
  readonly #calls = new Map<string, (answer: ReadRecord) => void>();
  #closeCode: number | undefined;
  #nextId = 0;

  /** Resolves when the server has accepted the upgrade. Rejects when it has refused. */
  static async upgrade(port: number, options: RawClientOptions = {}): Promise<RawClient> {
    const request = upgradeRequest(options.path ?? '/hub', options.headers);
    const { answer, socket, rest } = await exchange(port, request, options.from);
    if (answer.status !== 101) throw new Error(`refused with ${answer.status}: ${answer.body}`);
    return new RawClient(socket, rest, options);
  }

  /** Resolves when the handshake of the hub protocol has been accepted. */
  static async open(port: number, options: RawClientOptions = {}): Promise<RawClient> {
    const first = new Inbox<ReadRecord>();
    let isOpen = false;
    const client = await RawClient.upgrade(port, {
      ...options,
      onRecord: (record) => {
        if (isOpen) (options.onRecord ?? client.#keep)(record);
        else first.put(JSON.parse(record.toString()));
        isOpen = true;
      },
    });
    client.text(JSON.stringify({ protocol: options.protocol ?? 'json', version: 1 }) + SEPARATOR);
    const [answer] = await Promise.race([first.until(1), client.ended.then(() => [{ error: 'hung up' }])]);
    if (answer?.error !== undefined) throw new Error(`handshake: ${answer.error}`);
    return client;
  }

  private constructor(socket: Socket, rest: Buffer, options: RawClientOptions) {
    this.socket = socket;
    this.#onRecord = options.onRecord ?? this.#keep;
    this.#answersClose = options.answersClose ?? true;
    this.#protocol = options.protocol ?? 'json';
    this.ended = new Promise((resolve) => {
      socket.on('close', () => resolve({ code: this.#closeCode }));
    });
    const read = (chunk: Buffer): void => this.#frames.read(chunk, (opcode, payload) => this.#frame(opcode, payload));
    if (rest.length > 0) read(rest);
    socket.on('data', read);
    socket.resume();
  }

  /** Sends records in one WebSocket message. */
  send(...records: readonly object[]): void {
    if (this.#protocol === 'messagepack') {
      this.frame(Opcode.binary, Buffer.concat(records.map((record) => packedRecord(record as SentRecord))));
    } else this.text(records.map((record) => JSON.stringify(record) + SEPARATOR).join(''));
  }

  /** Sends a text message unchanged: the caller adds the separators. */
  text(payload: string | Buffer): void {
    this.frame(Opcode.text, payload);
  }

  frame(opcode: number, payload: string | Buffer, options?: FrameOptions): void {
    this.socket.write(clientFrame(opcode, payload, options));
  }

  /** Resolves with the completion of a call. It reads `records`, so it cannot be used with `onRecord`. */
  invoke(target: string, ...args: readonly unknown[]): Promise<ReadRecord> {
    this.#nextId += 1;
    const invocationId = String(this.#nextId);
    const answer = new Promise<ReadRecord>((resolve) => this.#calls.set(invocationId, resolve));
    this.send({ type: 1, invocationId, target, arguments: args });
    return answer;
  }

  /** Arguments of each call of the server to the client's method `target` so far. */
  callsOf(target: string): readonly (readonly unknown[])[] {
    return this.records.all.filter((record) => record.target === target).map((record) => record.arguments ?? []);
  }

  /** Resets the connection with RST, as a machine does that has crashed and restarted. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #keep = (bytes: Buffer): void => {
    const record: ReadRecord = JSON.parse(bytes.toString());
    this.records.put(record);
    if (record.type !== 3 || record.invocationId === undefined) return;
    this.#calls.get(record.invocationId)?.(record);
    this.#calls.delete(record.invocationId);
  };

  #frame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.close) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      if (this.#answersClose) this.socket.end(clientFrame(Opcode.close, payload));
    } else if (opcode === Opcode.pong) this.pongs.put(payload.toString('latin1'));
    else if (opcode === Opcode.binary) {
      for (const record of binaryRecords(payload)) this.#onRecord(Buffer.from(JSON.stringify(record)));
    } else this.#records(payload);
  }

  #records(payload: Buffer): void {
    let start = 0;
    for (let end = payload.indexOf(SEPARATOR); end !== -1; end = payload.indexOf(SEPARATOR, start)) {
      this.#onRecord(payload.subarray(start, end));
      start = end + 1;
    }
  }
}
