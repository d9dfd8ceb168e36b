// A plain client over a real socket, with the WebSocket of ws.
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { readEnvelope } from './plain-protocol.ts';
import { PlainSpeaker } from './plain-speaker.ts';

export interface PlainClientOptions extends ClientOptions {
  /** Default: /hub/ws. */
  readonly path?: string;
  /** Subprotocols that it offers. Default: none. */
  readonly offers?: string | string[];
}

export class PlainClient extends PlainSpeaker {
  readonly socket: WebSocket;
  /** Code of the server's close frame. */
  readonly closed: Promise<number>;

  private constructor(url: string, { offers, ...options }: PlainClientOptions) {
    super();
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

  override sendText(text: string): void {
    this.socket.send(text);
  }
}
