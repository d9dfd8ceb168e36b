import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RefusalKind } from '../refusal-kinds.ts';
import { lastIfDraining } from './last-answers.ts';

/** A whole HTTP answer: it opens no transport. */
export interface PlainResponse {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Forbids caches to keep it, such as the answer to a poll. */
  readonly uncached?: true;
  /** Kind of the refusal, for the log; undefined: no refusal, or one that has been logged already. */
  readonly kind?: RefusalKind;
  /** Exact reason, for the log: a text of ours, nothing that the client sent. */
  readonly reason?: string;
}

export const UNCACHED = {
  'Cache-Control': 'no-cache, no-store',
  Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  Pragma: 'no-cache',
} as const;

/** Answers a request, unless its answer has begun. */
export function answerRequest(response: ServerResponse, answer: PlainResponse): void {
  if (response.headersSent) return;
  lastIfDraining(response);
  response.writeHead(answer.status, headersOf(answer));
  response.end(answer.body ?? '');
}

/** Answers an upgrade request on its socket, for which Node gives no response object. */
export function answerUpgrade(socket: Duplex, answer: PlainResponse): void {
  const headers = { ...headersOf(answer), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', ''].join('\r\n');
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(head + (answer.body ?? ''));
}

function headersOf(answer: PlainResponse): Record<string, string> {
  return {
    ...answer.headers,
    ...(answer.uncached === true ? UNCACHED : {}),
    ...(answer.type === undefined ? {} : { 'Content-Type': answer.type }),
    // RFC 9110, section 8.6: none with 204.
    ...(answer.status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(answer.body ?? '')) }),
  };
}
