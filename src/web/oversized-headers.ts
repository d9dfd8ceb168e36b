import type { Server } from 'node:http';
import { crossOriginHeaders } from '../http/cors.ts';
import { intercept } from '../http/intercept.ts';
import type { AnsweredSocket } from '../http/ordinary-request.ts';
import type { AllowedOrigins } from '../http/origins.ts';
import { answerUpgrade, type PlainResponse } from '../http/plain-response.ts';
import { errorTexts } from '../protocol/error-texts.ts';

/** Code of the error when the headers of a request, its target included, exceed `--max-http-header-size`. */
const OVERFLOW = 'HPE_HEADER_OVERFLOW';
/** An Origin header among the bytes of a request: visible ASCII only, since nothing has checked them. */
const ORIGIN = /\r\norigin:[ \t]*([\x21-\x7e]+)[ \t]*\r\n/i;

/** Node's error when a request cannot be parsed. */
interface ParserError {
  readonly code?: string;
  /** The bytes that were parsed when it occurred. */
  readonly rawPacket?: Buffer;
}

/**
 * Lets pages of allowed origins read that their request was refused with 431: Node answers it before there is a request,
 * without CORS headers, and a browser then reports a CORS error. The Origin is looked for in the bytes that have arrived
 * last. All other answers of this kind are Node's.
 */
export function answerOversized(http: Server, origins: AllowedOrigins): void {
  intercept(http, {
    intercept(event, args) {
      if (event !== 'clientError') return false;
      const [{ code, rawPacket }, socket] = args as [ParserError, AnsweredSocket];
      // The bytes of another answer may be on their way.
      if (code !== OVERFLOW || rawPacket === undefined || !socket.writable || socket._httpMessage != null) return false;
      const origin = ORIGIN.exec(rawPacket.toString('latin1'))?.[1];
      if (origin === undefined || !isAllowed(origin, origins)) return false;
      answerUpgrade(socket, refusal(origin));
      return true;
    },
    passedOn() {},
  });
}

function isAllowed(origin: string, origins: AllowedOrigins): boolean {
  try {
    return origins.include(origin);
  } catch {
    // The function of the option is the user's. Its fault is logged with the requests that reach a hub.
    return false;
  }
}

function refusal(origin: string): PlainResponse {
  const headers = crossOriginHeaders(origin);
  return { status: 431, type: 'text/plain', body: errorTexts.headersTooLong, headers };
}
