import { type Client, type HubPlace, RefusedError } from './client.ts';
import { Silence } from './silence.ts';

const SUBPROTOCOL = 'signalbox.envelope.v1';
/** A method of the hub that changes nothing. */
const QUESTION = 'GetStats';

/** A message of the server: see docs/plain.md. */
interface Envelope {
  readonly type: string;
  readonly id?: number;
  readonly payload: unknown;
}

interface Failure {
  readonly message: string;
}

interface Close {
  readonly allowReconnect: boolean;
}

interface Call {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * A client that speaks no SignalR: JSON envelopes over the browser's own WebSocket.
 *
 * Browsers tell a page nothing of pings. So if nothing has been received for a while, the client calls a method, and
 * takes the connection for lost when there is no answer.
 */
export class PlainClient implements Client {
  readonly label = 'plain WebSocket';
  readonly #address: URL;
  readonly #ended: (mayReturn: boolean) => void;
  readonly #methods = new Map<string, (...args: unknown[]) => void>();
  /** Calls that are not answered yet, by their ids. */
  readonly #calls = new Map<number, Call>();
  readonly #silence = new Silence({
    began: () => void this.invoke(QUESTION).catch(() => {}),
    lasted: () => this.#lose(),
  });
  #lastId = 0;
  #mayReturn = true;
  /** The present one. Events of earlier sockets are ignored. */
  #socket: WebSocket | undefined;

  constructor({ url, key }: HubPlace, ended: (mayReturn: boolean) => void) {
    this.#ended = ended;
    this.#address = new URL(`${url}/ws`);
    this.#address.protocol = this.#address.protocol.replace('http', 'ws');
    if (key !== undefined) this.#address.searchParams.set('access_token', key);
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  start(): Promise<void> {
    const socket = new WebSocket(this.#address, SUBPROTOCOL);
    this.#socket = socket;
    this.#mayReturn = true;
    return new Promise((resolve, reject) => {
      let wasOpen = false;
      socket.addEventListener('open', () => {
        wasOpen = true;
        this.#silence.start();
        resolve();
      });
      socket.addEventListener('message', ({ data }) => {
        if (socket === this.#socket) this.#receive(JSON.parse(data));
      });
      socket.addEventListener('close', () => {
        if (socket !== this.#socket) reject(new Error('The client was stopped.'));
        else if (wasOpen) this.#lose();
        else void this.#failure().then(reject);
      });
    });
  }

  async stop(): Promise<void> {
    this.#leave();
  }

  on(method: string, run: (...args: never[]) => void): void {
    this.#methods.set(method, run as (...args: unknown[]) => void);
  }

  invoke<T>(type: string, ...payload: readonly unknown[]): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      const id = ++this.#lastId;
      this.#write({ type, payload, id });
      this.#calls.set(id, { resolve, reject });
    }) as Promise<T>;
  }

  async send(type: string, ...payload: readonly unknown[]): Promise<void> {
    this.#write({ type, payload });
  }

  #write(envelope: object): void {
    if (!this.isOpen) throw new Error('There is no connection.');
    this.#socket?.send(JSON.stringify(envelope));
  }

  #receive({ type, id, payload }: Envelope): void {
    this.#silence.received();
    if (type === 'result') this.#answered(id)?.resolve(payload);
    else if (type === 'error') this.#answered(id)?.reject(new Error((payload as Failure).message));
    else if (type === 'close') this.#mayReturn = (payload as Close).allowReconnect;
    else this.#methods.get(type)?.(...(Array.isArray(payload) ? payload : [payload]));
  }

  /** @param id Absent in an error that is about no call. */
  #answered(id = 0): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** Reason of a socket that did not open. Browsers tell a page nothing about it, but the status of a request. */
  async #failure(): Promise<Error> {
    const address = this.#address.href.replace('ws', 'http');
    const status = await fetch(address).then(
      (answer) => answer.status,
      () => undefined,
    );
    return status === 401 ? new RefusedError() : new Error('The WebSocket did not open.');
  }

  #lose(): void {
    this.#leave();
    this.#ended(this.#mayReturn);
  }

  /** Closes the socket without waiting for its end, which takes long when the network is gone. */
  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#silence.stop();
    socket?.close();
    for (const { reject } of this.#calls.values()) reject(new Error('The connection has ended.'));
    this.#calls.clear();
  }
}
