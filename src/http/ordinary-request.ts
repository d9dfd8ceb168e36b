import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerUpgrade } from './plain-response.ts';

/** The part of Node's HTTP module that its types lack: it reads the requests of a socket. */
const { _connectionListener: readRequests } = http as unknown as {
  readonly _connectionListener: (this: Server, socket: Duplex) => void;
};

/** A socket with the answer that Node is writing, which its types lack. */
export interface AnsweredSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

/** Arguments of the event `upgrade`: the request, its socket, and the bytes that were read behind its headers. */
export type Upgrade = [request: IncomingMessage, socket: Duplex, head: Buffer];

/**
 * Lets a server read an upgrade request again, as the ordinary one that it also is: a server may ignore what a client
 * would like to upgrade to (RFC 9110, section 7.8). Node itself stops reading behind the headers of an upgrade, so its
 * body would be lost, and so would be the next request on the connection. The header `Upgrade` is left out.
 */
export function readAsOrdinary(server: Server, [request, socket, head]: Upgrade): void {
  whenAnswered(socket, () => {
    if (mayLackHeaders(server, request)) answerUpgrade(socket, TOO_MANY_HEADERS);
    else read(server, socket, Buffer.concat([headersOf(request, 'upgrade'), head]));
  });
}

/** The same with all headers: the server reads the request as if nobody listened for upgrades. */
export function readWithoutListeners(server: Server, [request, socket, head]: Upgrade): void {
  whenAnswered(socket, () => {
    if (mayLackHeaders(server, request)) {
      answerUpgrade(socket, TOO_MANY_HEADERS);
      return;
    }
    // Node asks for these listeners when it has read the headers.
    const listeners = server.rawListeners('upgrade') as ((...args: unknown[]) => void)[];
    server.removeAllListeners('upgrade');
    try {
      read(server, socket, Buffer.concat([headersOf(request), head]));
    } finally {
      for (const listener of listeners) server.on('upgrade', listener);
    }
  });
}

/** Headers that Node keeps of a request, when the server does not say. */
const KEPT_HEADERS = 1_000;
const TOO_MANY_HEADERS = { status: 431 } as const;

/**
 * Whether Node may have dropped headers of a request (`maxHeadersCount`). One of them may have been the length of the
 * body, which would then be read as the next request: another one than a proxy has seen (request smuggling).
 */
function mayLackHeaders({ maxHeadersCount }: Server, { rawHeaders }: IncomingMessage): boolean {
  const kept = maxHeadersCount ?? KEPT_HEADERS;
  return kept > 0 && rawHeaders.length >= 2 * kept;
}

function read(server: Server, socket: Duplex, bytes: Buffer): void {
  readRequests.call(server, socket);
  socket.emit('data', bytes);
}

/** Runs when the requests before the upgrade (HTTP pipelining) have been answered, as their answers come first. */
function whenAnswered(socket: AnsweredSocket, run: () => void): void {
  // Nobody else listens meanwhile, and a client that leaves must not become an uncaught error.
  const ignore = (): void => {};
  const next = (): void => {
    const { _httpMessage: answer } = socket;
    if (answer == null) {
      socket.off('error', ignore);
      run();
    } else answer.once('finish', next);
  };
  socket.on('error', ignore);
  // Node's own listener is before this one, and begins with the next answer.
  next();
}

/** The request line and the headers as they came, except one. */
function headersOf({ method, url, httpVersion, rawHeaders }: IncomingMessage, leftOut?: string): Buffer {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.toLowerCase() !== leftOut) text += `${name}: ${rawHeaders[at + 1]}\r\n`;
  }
  // Node reads headers as Latin-1.
  return Buffer.from(`${text}\r\n`, 'latin1');
}
