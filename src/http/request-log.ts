import type { IncomingMessage } from 'node:http';
import type { LimitedLog } from '../log-limit.ts';
import { printableStart } from '../printable.ts';
import type { PlainResponse } from './plain-response.ts';
import { remoteAddressOf } from './request-info.ts';

/** Longest name of a host (RFC 1035, section 2.3.4). A longer one, or a longer origin, is cut in the log. */
const LONGEST_NAME = 255;

/** Logs an answer that is a refusal. */
export function logRefusal(log: LimitedLog, request: IncomingMessage, { kind, reason }: PlainResponse): void {
  if (kind === undefined) return;
  log.refused(kind)?.({ ...requestFields(request), ...(reason === undefined ? {} : { reason }) });
}

/** Fields of a request in the log: method, host, origin and address, never its path, query, body or another header. */
export function requestFields(request: IncomingMessage): object {
  const { method, headers } = request;
  const { host, origin } = headers;
  return {
    // Node's parser accepts known methods only.
    method,
    ...(host === undefined ? {} : { host: printableStart(host, LONGEST_NAME) }),
    ...(origin === undefined ? {} : { origin: printableStart(origin, LONGEST_NAME) }),
    remoteAddress: remoteAddressOf(request),
  };
}
