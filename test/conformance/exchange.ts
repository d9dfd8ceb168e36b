// One HTTP request of a transcript and its answer, read piece by piece: a stream of events, or a poll that waits.
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, plainHeaders } from './connection.ts';

/** Pause between the pieces of a body, so that other bytes may arrive between them. */
const PIECE_MS = 40;
const SEPARATOR = '\u001e';
const PING = `{"type":6}${SEPARATOR}`;

export interface ExchangeRequest {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | readonly Buffer[];
  readonly isUnfinished: boolean;
}

export class Exchange {
  /** Status line and headers. */
  readonly head: Promise<Omit<Answer, 'body'>>;
  /** The way in which the answer ended. */
  readonly ended: Promise<'complete' | 'cut'>;
  readonly #request: ClientRequest;
  readonly #chunks: Buffer[] = [];
  /** Number of bytes of the answer that earlier steps have taken. */
  #taken = 0;
  #response: IncomingMessage | undefined;
  #changed: (() => void)[] = [];

  constructor({ port, method, path, headers, body, isUnfinished }: ExchangeRequest) {
    // Otherwise Node would send the body of a GET without its length.
    const hasLength = Buffer.isBuffer(body) && body.length > 0 && headers['Transfer-Encoding'] === undefined;
    const sent = { ...headers, ...(hasLength ? { 'Content-Length': body.length } : {}) } as OutgoingHttpHeaders;
    this.#request = request({ host: '127.0.0.1', port, method, path, headers: sent, agent: false });
    this.head = new Promise((resolve) => {
      this.#request.on('response', (response) => {
        this.#response = response;
        response.on('data', (chunk: Buffer) => {
          this.#chunks.push(chunk);
          this.#tell();
        });
        resolve({ status: response.statusCode ?? 0, headers: plainHeaders(response) });
        this.#tell();
      });
    });
    this.ended = new Promise((resolve) => {
      this.#request.on('response', (response) =>
        response.on('close', () => resolve(response.complete ? 'complete' : 'cut')),
      );
      // Without an answer, the server has closed the socket.
      this.#request.on('error', () => resolve('cut'));
      this.#request.on('close', () => resolve(this.#response?.complete === true ? 'complete' : 'cut'));
    });
    this.ended.then(() => this.#tell());
    this.#send(body, isUnfinished);
  }

  /** Resolves with the whole answer. */
  async answer(): Promise<Answer & { readonly bytes: Buffer }> {
    const how = await this.ended;
    if (this.#response === undefined || how === 'cut') throw new Error('the answer was cut off');
    const bytes = Buffer.concat(this.#chunks);
    return { ...(await this.head), body: bytes.toString('utf8'), bytes };
  }

  /** Resolves with `length` bytes of the stream, or with fewer when the stream ends earlier. */
  async take(length: number): Promise<string> {
    await this.#until(() => this.#rest().length >= length);
    const bytes = this.#rest().subarray(0, length);
    this.#taken += bytes.length;
    return bytes.toString('utf8');
  }

  /** Resolves with the next hub records from events. Comments and pings do not count. */
  async takeRecords(count: number): Promise<readonly string[]> {
    const records: string[] = [];
    while (records.length < count) {
      const isComment = (await this.#peekText('\r\n')).startsWith(':');
      const end = isComment ? '\r\n' : '\r\n\r\n';
      const text = await this.#peekText(end);
      if (!text.endsWith(end)) return records;
      this.#taken += Buffer.byteLength(text);
      if (!isComment) records.push(...recordsOf(text.slice('data: '.length, -end.length)));
    }
    return records;
  }

  /** Whether neither an answer nor a further byte of it arrives before `waited` resolves. */
  async isSilent(waited: Promise<unknown>): Promise<boolean> {
    const before = this.#rest().length;
    const hadHead = this.#response !== undefined;
    await waited;
    return this.#rest().length === before && (this.#response !== undefined) === hadHead;
  }

  pause(): void {
    this.#response?.pause();
  }

  drop(): void {
    this.#request.destroy();
  }

  /** Resolves with the text up to and including `end`, or with all of it when the stream ends earlier. */
  async #peekText(end: string): Promise<string> {
    await this.#until(() => this.#rest().includes(end));
    const rest = this.#rest();
    const at = rest.indexOf(end);
    return rest.toString('utf8', 0, at === -1 ? rest.length : at + end.length);
  }

  #rest(): Buffer {
    return Buffer.concat(this.#chunks).subarray(this.#taken);
  }

  /** Resolves when `isSo` returns true, or when the answer has ended. */
  async #until(isSo: () => boolean): Promise<void> {
    let isOver = false;
    this.ended.then(() => {
      isOver = true;
    });
    while (!isSo() && !isOver) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #tell(): void {
    for (const changed of this.#changed.splice(0)) changed();
  }

  async #send(body: Buffer | readonly Buffer[], isUnfinished: boolean): Promise<void> {
    const pieces = [body].flat() as readonly Buffer[];
    if (pieces.length === 1 && !isUnfinished) {
      this.#request.end(pieces[0]);
      return;
    }
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await wait(PIECE_MS);
      this.#request.write(piece);
    }
    if (!isUnfinished) this.#request.end();
  }
}

/** Records without pings. */
function recordsOf(data: string): string[] {
  const records = data.split(SEPARATOR);
  if (records.pop() !== '') throw new Error(`an event that does not end with a separator: ${data}`);
  return records.map((record) => record + SEPARATOR).filter((record) => record !== PING);
}
