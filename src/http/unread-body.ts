import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarms } from '../clock.ts';
import type { LimitedLog } from '../log-limit.ts';
import { requestFields } from './request-log.ts';
import { hasBody } from './upgrade-response.ts';

/** How much of a body is still read when its request is answered, and how long its end is waited for. */
const REST_BYTES = 65_536;
const REST_MS = 5_000;

/**
 * Ends the connection of a client that goes on sending the body of a request that has been answered: Node would read it for
 * as long as it comes. A short rest is let pass, so that the next request can follow. Of a long one nothing more is read, but
 * its connection is cut only at the end of the time: a reset would take the answer from a client that has not read it yet
 * (RFC 9112, section 9.6).
 */
export function limitUnreadBody(
  request: IncomingMessage,
  response: ServerResponse,
  alarms: Alarms,
  log: LimitedLog,
): void {
  if (!hasBody(request)) return;
  // All that is to be said has been said, and Node has not begun to throw the rest away.
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
    // Now, not in the next turn: Node leaves a body alone that somebody reads.
    request.read();
  });
}
