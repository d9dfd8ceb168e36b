import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LENGTH = /^content-length: *(\d+)/im;

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** A kept-alive HTTP/1.1 connection: one request at a time, answers with a known length. */
export class HttpSocket {
  readonly #socket: Socket;
  readonly #answered: (answer: HttpAnswer) => void;
  #rest: Buffer = Buffer.alloc(0);

  /** @param answered Called for every answer. */
  constructor(port: number, answered: (answer: HttpAnswer) => void, failed: (error: Error) => void) {
    this.#answered = answered;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', failed);
    this.#socket.on('close', () => failed(new Error('the server closed an HTTP connection')));
  }

  /** The bytes of a request. @param headers Lines with their ends. */
  static request(method: string, path: string, body = '', headers = ''): Buffer {
    const length = method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}${length}\r\n${body}`);
  }

  write(request: Buffer): void {
    this.#socket.write(request);
  }

  /** Ends the connection, which is no failure then. */
  end(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const end = bytes.indexOf(HEAD_END);
      if (end === -1) break;
      const head = bytes.toString('latin1', 0, end);
      const from = end + HEAD_END.length;
      const to = from + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (bytes.length < to) break;
      const answer = { status: Number(head.slice(9, 12)), body: bytes.subarray(from, to) };
      bytes = bytes.subarray(to);
      this.#rest = bytes;
      this.#answered(answer);
    }
    this.#rest = bytes;
  }
}
