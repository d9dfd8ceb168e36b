import { connect } from 'node:net';
import { type HttpAnswer, HttpSocket } from './http-socket.ts';
import { MARK_BYTE, STAMP_BYTES, stampAt } from './stamps.ts';

const HUB = '/bench';
const HANDSHAKE = '{"protocol":"json","version":1}\x1e';
const HANDSHAKE_ACCEPTED = '{}\x1e';

export type HttpTransportName = 'ServerSentEvents' | 'LongPolling';

/**
 * Opens SignalR connections over HTTP transports, which only receive. They open one after the other, so one helper
 * socket is enough.
 */
export class HttpReceivers {
  readonly #port: number;
  readonly #arrived: (sent: number) => void;
  readonly #failed: (error: Error) => void;
  readonly #headers: string;
  readonly #helper: HttpSocket;
  #answer: ((answer: HttpAnswer) => void) | undefined;

  /**
   * @param arrived Called for each measured message, with the time at which it was sent.
   * @param headers Further lines of each request, with their ends.
   */
  constructor(port: number, arrived: (sent: number) => void, failed: (error: Error) => void, headers = '') {
    this.#headers = headers;
    this.#port = port;
    this.#arrived = arrived;
    this.#failed = failed;
    this.#helper = new HttpSocket(
      port,
      (answer) => this.#answer?.(answer),
      // After all receivers have opened, the server closes the idle helper socket: that is no failure.
      (error) => this.#answer && failed(error),
    );
  }

  async open(transport: HttpTransportName): Promise<void> {
    const { body } = await this.#ask('POST', `${HUB}/negotiate?negotiateVersion=1`);
    const path = `${HUB}?id=${encodeURIComponent(JSON.parse(body.toString()).connectionToken)}`;
    await (transport === 'LongPolling' ? this.#poll(path) : this.#stream(path));
  }

  #ask(method: string, path: string, body = ''): Promise<HttpAnswer> {
    return new Promise((resolve) => {
      this.#answer = (answer) => {
        this.#answer = undefined;
        resolve(answer);
      };
      this.#helper.write(HttpSocket.request(method, path, body, this.#headers));
    });
  }

  /**
   * The first poll gets an empty answer, the next one the answer to the handshake. Further polls continue without end.
   */
  async #poll(path: string): Promise<void> {
    const poll = HttpSocket.request('GET', path, '', this.#headers);
    let polled: (answer: HttpAnswer) => void = () => {};
    const socket = new HttpSocket(
      this.#port,
      (answer) => {
        this.#count(answer.body, 0);
        if (answer.status === 200) socket.write(poll);
        else this.#failed(new Error(`a poll was answered with ${answer.status}`));
        polled(answer);
      },
      this.#failed,
    );
    const next = (): Promise<HttpAnswer> =>
      new Promise((resolve) => {
        polled = resolve;
      });
    socket.write(poll);
    await next();
    const accepted = next();
    await this.#ask('POST', path, HANDSHAKE);
    await accepted;
    polled = () => {};
  }

  async #stream(path: string): Promise<void> {
    let onText: (text: string) => void = () => {};
    let rest = Buffer.alloc(0);
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    socket.on('error', this.#failed);
    socket.on('close', () => this.#failed(new Error('the server closed a stream of events')));
    socket.on('data', (chunk: Buffer) => {
      onText(chunk.toString('latin1'));
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = Buffer.from(bytes.subarray(this.#count(bytes, 0)));
    });
    const received = (word: string): Promise<void> =>
      new Promise((resolve) => {
        onText = (text) => {
          if (text.includes(word)) resolve();
        };
      });
    const opened = received('text/event-stream');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n${this.#headers}\r\n`);
    await opened;
    const accepted = received(HANDSHAKE_ACCEPTED);
    await this.#ask('POST', path, HANDSHAKE);
    await accepted;
    onText = () => {};
  }

  /**
   * Counts marks, which appear only in measured messages.
   * @returns the position of an unfinished message, or the end.
   */
  #count(bytes: Buffer, from: number): number {
    for (let at = bytes.indexOf(MARK_BYTE, from); at !== -1; at = bytes.indexOf(MARK_BYTE, at + 1)) {
      if (at + STAMP_BYTES > bytes.length) return at;
      this.#arrived(stampAt(bytes, at));
    }
    return bytes.length;
  }
}
