import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import type { LimitedLog } from '../log-limit.ts';
import { requestFields } from './request-log.ts';

/** Bytes of a body that are still read after the answer, and the time in which it must end. */
const REST_BYTES = 65_536;
const REST_MS = 5_000;

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Ends the connection of a client that goes on sending the body of an answered request: Node would read it without end.
 * A short rest is read, so that the next request can follow. Of a long one nothing more is read, but its connection
 * ends only after the time: a reset would take the answer from a client that has not read it yet (RFC 9112, section
 * 9.6).
 */
export function limitUnreadBody(
  request: IncomingMessage,
  response: ServerResponse,
  alarms: Alarms,
  log: LimitedLog,
): void {
  if (!hasBody(request)) return;
  // At this event the answer is written, and Node has not begun to discard the rest of the body.
  response.once('prefinish', () => {
    if (request.complete) return;
    const deadline = alarms.alarm(() => {
      log.refused('unread-body')?.(requestFields(request));
      request.socket.destroy();
    });
    deadline.set(REST_MS);
    request.once('close', () => deadline.clear());
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > REST_BYTES) request.pause();
    });
    // Now, not in the next turn: Node does not discard a body that is being read.
    request.read();
  });
}
