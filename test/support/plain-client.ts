// A plain client over a real socket, with the WebSocket of ws.
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { Inbox } from './inbox.ts';
import { type Envelope, readEnvelope } from './plain-protocol.ts';

export interface PlainClientOptions extends ClientOptions {
  /** Default: /hub/ws. */
  readonly path?: string;
  /** Subprotocols that it offers. Default: none. */
  readonly offers?: string | string[];
}

export class PlainClient {
  readonly socket: WebSocket;
  /** Every envelope of the server. */
  readonly envelopes = new Inbox<Envelope>();
  /** Code of the server's close frame. */
  readonly closed: Promise<number>;

  private constructor(url: string, { offers, ...options }: PlainClientOptions) {
    this.socket = new WebSocket(url, offers ?? [], options);
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('An envelope is text.');
      this.envelopes.put(readEnvelope(data as Buffer));
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
  }

  /** Resolves when the server has accepted the WebSocket; rejects with `Unexpected server response: STATUS`. */
  static async open(port: number, { path = '/hub/ws', ...options }: PlainClientOptions = {}): Promise<PlainClient> {
    const client = new PlainClient(`ws://127.0.0.1:${port}${path}`, options);
    onTestFinished(() => client.socket.terminate());
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    });
    client.socket.on('error', () => {});
    return client;
  }

  send(envelope: unknown): void {
    this.socket.send(JSON.stringify(envelope));
  }

  /** Calls a method. Resolves with the envelope of the answer. */
  call(type: string, payload: unknown, id: string | number): Promise<Envelope> {
    this.send({ type, payload, id });
    return this.answer(id);
  }

  /** The result or the error of a call. */
  answer(id: string | number): Promise<Envelope> {
    return this.envelopes.first((each) => each.id === id && (each.type === 'result' || each.type === 'error'));
  }

  /** Payloads of the messages with this type, so far. */
  payloads(type: string): readonly unknown[] {
    return this.envelopes.all.filter((each) => each.type === type).map(({ payload }) => payload);
  }
}
