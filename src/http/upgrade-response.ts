import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LimitedLog } from '../log-limit.ts';
import { requestFields } from './request-log.ts';

/** How much may come behind a request that is answered as the last one on its socket. */
const UNREAD_BYTES = 65_536;

/** Whether a request that came as an upgrade has a body: Node leaves it unread, and so nobody could answer it in order. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * What to answer an upgrade request with that is an ordinary one after all (RFC 9110, section 7.8: a server may ignore the
 * header). It is the last answer on its socket, since Node has let go of that.
 *
 * @param log Hears of a socket that is cut.
 */
export function upgradeResponse(request: IncomingMessage, socket: Duplex, log?: LimitedLog): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.on('finish', () => (socket as Socket).destroySoon());
  socket.on('error', () => {});
  // Nobody else listens any more: what comes is not looked at, but that the client goes has to be seen. Whoever sends more
  // than a little talks to nobody, for as long as a poll or a stream lasts.
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= UNREAD_BYTES || socket.destroyed) return;
    log?.refused('bytes-behind-upgrade')?.(requestFields(request));
    socket.destroy();
  });
  socket.on('end', () => socket.end());
  return response;
}
