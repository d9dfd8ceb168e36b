import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alarm, Alarms } from '../clock.ts';
import { sendContinue } from './expect-continue.ts';
import type { PlainResponse } from './plain-response.ts';

/** Limits of the body of a request. */
export interface BodyLimits {
  readonly maximumBytes: number;
  /** Milliseconds that the body may take, from the moment at which the server begins to read it. */
  readonly maximumMs: number;
}

/** Limit that a body has exceeded. */
export type BodyFault = 'too-long' | 'too-slow';

/** Answers to requests whose bodies have exceeded a limit. */
export const BODY_REFUSALS = {
  'too-long': { status: 413, type: 'text/plain' },
  'too-slow': { status: 408, type: 'text/plain', headers: { Connection: 'close' } },
} as const satisfies Record<BodyFault, PlainResponse>;

/** Callbacks of a BodyReader to its owner. */
export interface BodyListener {
  /** The next bytes, which exceed no limit. */
  received(chunk: Buffer): void;
  /** The body has been read to its end. */
  ended(): void;
  /** A limit is exceeded. Nothing more is reported. */
  exceeded(fault: BodyFault): void;
}

/**
 * Reads the body of one request within limits, and keeps nothing of it. A client that hangs up is not reported: the
 * owner hears of it from the request or the response, also while the body is not read.
 */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #listener: BodyListener;
  readonly #deadline: Alarm;
  #bytes = 0;
  #isOver = false;

  /** Begins to read. A client that waits for 100 Continue gets it. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    limits: BodyLimits,
    alarms: Alarms,
    listener: BodyListener,
  ) {
    this.#limits = limits;
    this.#listener = listener;
    this.#deadline = alarms.alarm(() => this.#exceed('too-slow'));
    this.#deadline.set(limits.maximumMs);
    request.on('data', (chunk: Buffer) => this.#read(chunk));
    request.on('end', () => this.#end());
    sendContinue(response);
  }

  /** Reports nothing more. The rest of the body is discarded; `limitUnreadBody` has the limits of that. */
  stop(): void {
    this.#isOver = true;
    this.#deadline.clear();
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maximumBytes) this.#exceed('too-long');
    else this.#listener.received(chunk);
  }

  #end(): void {
    if (this.#isOver) return;
    this.stop();
    this.#listener.ended();
  }

  #exceed(fault: BodyFault): void {
    this.stop();
    this.#listener.exceeded(fault);
  }
}

/** Length of a body in bytes, as its request declares it; undefined: it is chunked, so its length is not known. */
export function bodyLength({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}
