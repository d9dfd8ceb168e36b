import { type HttpAnswer, HttpSocket } from './http-socket.ts';

/** Asks one request after another on one socket. */
export class HttpAsker {
  readonly #headers: string;
  readonly #socket: HttpSocket;
  #answered: ((answer: HttpAnswer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  /** @param headers Further lines of each request, with their ends. */
  constructor(port: number, headers: string) {
    this.#headers = headers;
    this.#socket = new HttpSocket(
      port,
      (answer) => this.#answered?.(answer),
      (error) => this.#failed?.(error),
    );
  }

  ask(method: string, path: string, body = ''): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(HttpSocket.request(method, path, body, this.#headers));
    });
  }

  end(): void {
    this.#socket.end();
  }
}
