import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LimitedLog } from '../log-limit.ts';
import { requestFields } from './request-log.ts';

/** Bytes that may follow a request that is answered as the last one on its socket. */
const UNREAD_BYTES = 65_536;

/**
 * Whether a request has a body. Node leaves the body of an upgrade request unread, so it cannot be answered in order.
 */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Response object for an upgrade request that is answered like an ordinary one (RFC 9110, section 7.8: a server may
 * ignore the header). It is the last answer on its socket, since Node no longer manages that.
 *
 * @param log For a socket that is destroyed because too much follows.
 */
export function upgradeResponse(request: IncomingMessage, socket: Duplex, log?: LimitedLog): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.on('finish', () => (socket as Socket).destroySoon());
  socket.on('error', () => {});
  // Nothing else reads the socket any more. Data is discarded, but the end of the client has to be noticed, and the
  // bytes are limited: a poll or a stream may last long.
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
