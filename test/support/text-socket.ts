import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';

/** A bare socket that sends text unchanged, and keeps everything that it receives. */
export class TextSocket {
  readonly socket: Socket;
  /** Resolves when the server has closed the socket. */
  readonly closed: Promise<unknown>;
  readonly #pieces = new Inbox<string>();

  constructor(port: number, text: string) {
    this.socket = connect(port, '127.0.0.1');
    this.closed = once(this.socket, 'close');
    this.socket.on('data', (chunk) => this.#pieces.put(chunk.toString()));
    this.socket.write(text);
    onTestFinished(() => void this.socket.destroy());
  }

  get text(): string {
    return this.#pieces.all.join('');
  }

  /** Resolves when this text has arrived, in whatever pieces. */
  async until(part: string): Promise<void> {
    await this.#pieces.first(() => this.text.includes(part));
  }
}
