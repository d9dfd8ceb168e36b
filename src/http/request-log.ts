import type { IncomingMessage } from 'node:http';
import type { LimitedLog } from '../log-limit.ts';
import { shown } from '../printable.ts';
import type { PlainResponse } from './plain-response.ts';

/** The longest name of a host (RFC 1035, section 2.3.4): of a longer one, or of an origin, so much is logged. */
const LONGEST_NAME = 255;

/** Tells the log of an answer that refuses something. */
export function logRefusal(log: LimitedLog, request: IncomingMessage, { kind, reason }: PlainResponse): void {
  if (kind === undefined) return;
  log.refused(kind)?.({ ...requestFields(request), ...(reason === undefined ? {} : { reason }) });
}

/** What a line of the log says of a request: whose it is and from where, never its path, query, body or another header. */
export function requestFields({ method, headers, socket }: IncomingMessage): object {
  const { host, origin } = headers;
  return {
    // Node knows no other methods than those of its parser.
    method,
    ...(host === undefined ? {} : { host: shown(host, LONGEST_NAME) }),
    ...(origin === undefined ? {} : { origin: shown(origin, LONGEST_NAME) }),
    remoteAddress: socket.remoteAddress ?? '',
  };
}
