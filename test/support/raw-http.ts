// HTTP over a bare socket: requests that no client library would send, and unprocessed answers.
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  /** Headers by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** An answer and its socket; `rest` has the bytes after the answer. */
export interface Exchange {
  readonly answer: HttpAnswer;
  readonly socket: Socket;
  readonly rest: Buffer;
}

export type HeaderLines = Readonly<Record<string, string>>;

/** The request that begins a WebSocket, changed by `headers`. An empty value removes a header. */
export function upgradeRequest(path: string, headers: HeaderLines = {}): string {
  return requestText('GET', path, {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  });
}

export function requestText(method: string, path: string, headers: HeaderLines = {}): string {
  const all = { Host: 'localhost', ...headers };
  const lines = Object.entries(all).filter(([, value]) => value !== '');
  return [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
}

/**
 * Sends bytes over a socket of its own, and resolves with the first answer. Rejects when the server closes the socket
 * without an answer.
 * @param from The client's own address. On Linux all of 127.0.0.0/8 exists.
 */
export async function exchange(port: number, request: string | Buffer, from?: string): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) });
  socket.setNoDelay(true);
  socket.write(request);
  return { ...(await readAnswer(socket)), socket };
}

/** Resolves with the answer, and closes the socket. */
export async function ask(port: number, request: string | Buffer, from?: string): Promise<HttpAnswer> {
  const { answer, socket } = await exchange(port, request, from);
  socket.destroy();
  return answer;
}

function readAnswer(socket: Socket): Promise<{ readonly answer: HttpAnswer; readonly rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const failed = (error: Error): void => reject(error);
    const hungUp = (): void => reject(new Error(`hung up after ${JSON.stringify(bytes.toString('latin1'))}`));
    const received = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const parsed = parse(bytes);
      if (parsed === undefined) return;
      socket.off('data', received).off('error', failed).off('close', hungUp);
      socket.pause();
      // A caller that uses the socket adds its own listener. Until then a reset can be ignored.
      socket.on('error', () => {});
      resolve(parsed);
    };
    socket.on('data', received).on('error', failed).on('close', hungUp);
  });
}

function parse(bytes: Buffer): { readonly answer: HttpAnswer; readonly rest: Buffer } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
  );
  const status = Number(first.split(' ')[1]);
  const length = status === 101 ? 0 : Number(headers.get('content-length') ?? 0);
  const bodyEnd = end + 4 + length;
  if (bytes.length < bodyEnd) return undefined;
  const body = bytes.toString('utf8', end + 4, bodyEnd);
  return { answer: { status, headers, body }, rest: bytes.subarray(bodyEnd) };
}
