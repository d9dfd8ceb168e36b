import type { FarEnd } from '../../src/testing/transport-kind.ts';
import { RawClient } from '../support/raw-client.ts';
import { HttpCall } from '../support/raw-polling.ts';

/** Collects text. */
class Read {
  length = 0;
  readonly #pieces: string[] = [];

  add(piece: string): void {
    this.length += piece.length;
    this.#pieces.push(piece);
  }
  text(): string {
    return this.#pieces.join('');
  }
}

/** A WebSocket client. */
export class WebSocketReader implements FarEnd {
  isEnded = false;
  readonly #client: RawClient;
  readonly #read: Read;

  static async open(port: number): Promise<WebSocketReader> {
    const read = new Read();
    const onRecord = (record: Buffer) => read.add(`${record.toString('utf8')}\x1e`);
    return new WebSocketReader(await RawClient.upgrade(port, { onRecord }), read);
  }

  private constructor(client: RawClient, read: Read) {
    this.#client = client;
    this.#read = read;
    void client.ended.then(() => {
      this.isEnded = true;
    });
  }

  get length(): number {
    return this.#read.length;
  }
  text(): string {
    return this.#read.text();
  }
  send(record: string): void {
    if (this.#client.socket.writable) this.#client.text(record);
  }
  stall(): void {
    this.#client.socket.pause();
  }
  flow(): void {
    this.#client.socket.resume();
  }
  cut(): void {
    this.#client.reset();
  }
}

/** Sends records as POSTs, one after the other. */
class Poster {
  readonly #port: number;
  readonly #waiting: string[] = [];
  #current: HttpCall | undefined;
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  send(record: string): void {
    this.#waiting.push(record);
    void this.#next();
  }

  stop(): void {
    this.#isOver = true;
    this.#current?.drop();
  }

  async #next(): Promise<void> {
    if (this.#current !== undefined) return;
    for (let body = this.#waiting.shift(); body !== undefined && !this.#isOver; body = this.#waiting.shift()) {
      this.#current = new HttpCall(this.#port, '/', { method: 'POST', body });
      await this.#current.answer.catch(() => {});
    }
    this.#current = undefined;
  }
}

/** A client that reads an event stream. */
export class EventStreamReader implements FarEnd {
  isEnded = false;
  readonly #posts: Poster;
  readonly #stream: HttpCall;
  /** Number of pieces of the stream that were read already. */
  #seen = 0;
  #rest = '';
  readonly #read = new Read();

  static readonly open = (port: number): EventStreamReader => new EventStreamReader(port);

  private constructor(port: number) {
    this.#posts = new Poster(port);
    this.#stream = new HttpCall(port, '/', { headers: { Accept: 'text/event-stream' } });
    const ended = () => {
      this.isEnded = true;
    };
    this.#stream.answer.then(ended, ended);
  }

  get length(): number {
    this.#readEvents();
    return this.#read.length;
  }
  text(): string {
    this.#readEvents();
    return this.#read.text();
  }
  send(record: string): void {
    this.#posts.send(record);
  }
  stall(): void {
    void this.#stream.pause();
  }
  flow(): void {
    void this.#stream.resume();
  }
  cut(): void {
    this.#posts.stop();
    this.#stream.drop();
  }

  #readEvents(): void {
    const pieces = this.#stream.pieces.all;
    const events = (this.#rest + pieces.slice(this.#seen).join('')).split('\r\n');
    this.#seen = pieces.length;
    this.#rest = events.pop() ?? '';
    for (const line of events) if (line.startsWith('data: ')) this.#read.add(line.slice('data: '.length));
  }
}

/** A client that polls again as soon as it has an answer. */
export class Poller implements FarEnd {
  isEnded = false;
  readonly #port: number;
  readonly #posts: Poster;
  readonly #read = new Read();
  #poll: HttpCall | undefined;
  #isStalled = false;

  static readonly open = (port: number): Poller => new Poller(port);

  private constructor(port: number) {
    this.#port = port;
    this.#posts = new Poster(port);
    void this.#pollOn();
  }

  get length(): number {
    return this.#read.length;
  }
  text(): string {
    return this.#read.text();
  }
  send(record: string): void {
    this.#posts.send(record);
  }
  stall(): void {
    this.#isStalled = true;
    void this.#poll?.pause().catch(() => {});
  }
  flow(): void {
    this.#isStalled = false;
    if (this.#poll === undefined) void this.#pollOn();
    else void this.#poll.resume().catch(() => {});
  }
  cut(): void {
    this.isEnded = true;
    this.#posts.stop();
    this.#poll?.drop();
  }

  async #pollOn(): Promise<void> {
    while (!this.isEnded && !this.#isStalled) {
      this.#poll = new HttpCall(this.#port, '/');
      const answer = await this.#poll.answer.catch(() => undefined);
      this.#poll = undefined;
      if (answer?.status === 200) this.#read.add(answer.body);
      else this.isEnded = true;
    }
  }
}
