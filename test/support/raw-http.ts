// HTTP over a bare socket: requests that no client library would send, and answers as they are.
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** An answer, and the socket it came on; `rest` is what came behind it. */
export interface Exchange {
  readonly answer: HttpAnswer;
  readonly socket: Socket;
  readonly rest: Buffer;
}

export type HeaderLines = Readonly<Record<string, string>>;

/** What a client sends to begin a WebSocket, before `headers` change it; an empty value leaves a header out. */
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
 * Sends bytes over a socket of its own, and resolves with the first answer. Rejects when the server hangs up instead.
 *
 * @param from The client's own address; all of 127.0.0.0/8 are there on Linux.
 */
export async function exchange(port: number, request: string | Buffer, from?: string): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) });
  socket.setNoDelay(true);
  socket.write(request);
  return { ...(await readAnswer(socket)), socket };
}

/** The answer alone; the socket is closed. */
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
      // Whoever goes on with the socket listens to it; until then a reset is no news.
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
