import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ReadRecord } from '../support/read-records.ts';

const SEPARATOR = '\x1e';

/** A client on a real WebSocket that keeps everything it reads. */
export class RealClient {
  readonly records: ReadRecord[] = [];
  readonly socket: WebSocket;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<unknown>;
  readonly #waiting = new Map<string, (answer: ReadRecord | undefined) => void>();
  #calls = 0;

  /** Resolves when the handshake has been accepted. */
  static async connect(url: string): Promise<RealClient> {
    const client = new RealClient(new WebSocket(url));
    await once(client.socket, 'open');
    client.send({ protocol: 'json', version: 1 });
    await once(client.socket, 'message');
    return client;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    // Some of the ways in which it ends are errors for ws.
    socket.on('error', () => {});
    socket.on('message', (data) => this.#read(String(data)));
    this.ended = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    this.ended.then(() => {
      for (const settle of this.#waiting.values()) settle(undefined);
    });
  }

  send(record: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(record) + SEPARATOR);
  }

  /** @returns the answer; undefined when the connection has ended without one. */
  invoke(target: string, ...args: readonly unknown[]): Promise<ReadRecord | undefined> {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.resolve(undefined);
    const invocationId = String(this.#calls++);
    this.send({ type: 1, target, arguments: args, invocationId });
    return new Promise((resolve) => this.#waiting.set(invocationId, resolve));
  }

  get heard(): number[] {
    return this.records.filter(({ target }) => target === 'Heard').map((record) => Number(record.arguments?.[0]));
  }

  #read(message: string): void {
    for (const text of message.split(SEPARATOR).slice(0, -1)) {
      const record = JSON.parse(text) as ReadRecord;
      this.records.push(record);
      if (record.type !== 3 || record.invocationId === undefined) continue;
      this.#waiting.get(record.invocationId)?.(record);
      this.#waiting.delete(record.invocationId);
    }
  }
}
