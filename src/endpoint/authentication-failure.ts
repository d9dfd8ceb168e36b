import type { IncomingMessage } from 'node:http';
import { framesOf, HubError, isA, loggable, UnauthorizedError } from '../errors.ts';
import { requestFields } from '../http/request-log.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { LimitedLog } from '../log-limit.ts';
import { printableStart } from '../printable.ts';

/**
 * Errors that JavaScript itself throws when code is wrong. A refusal is an Error, a HubError or a class of the author's
 * own.
 */
const OF_JAVASCRIPT = [TypeError, ReferenceError, RangeError, SyntaxError, URIError, EvalError];
/** Characters of a text that are logged, at most. */
const LONGEST_TEXT = 200;
/** Looks like a credential, or a part of one: shorter words stand in many requests. */
const LONG_WORD = /[\w.~+/=-]{8,}/g;
const WITHHELD = '(withheld: it quotes the request)';

/**
 * Logs that `authenticate` has thrown. It refuses a request by throwing, so the line is short: the error's text without
 * its stack. The stack is added when the error looks like a mistake in the code, and at level debug.
 */
export function logAuthenticationFailure(
  log: LimitedLog,
  request: IncomingMessage,
  info: HttpRequestInfo,
  error: unknown,
): void {
  const isMistake = OF_JAVASCRIPT.some((type) => isA(type, error));
  const line = log.refused(isMistake ? 'authenticate-broken' : 'authenticate-refused');
  if (line === undefined) return;
  const hasFrames = !isA(HubError, error) && (isMistake || log.isLevelEnabled('debug'));
  const { name, message } = loggable(error);
  line({
    ...requestFields(request),
    // The error of JSON.parse quotes its input.
    reason: isA(SyntaxError, error) || quotes(message, info) ? WITHHELD : printableStart(message, LONGEST_TEXT),
    error: printableStart(name, LONGEST_TEXT),
    ...keyOf(error),
    ...(hasFrames ? { stack: framesOf(error) } : {}),
  });
}

/** The API key that an error is about. Its id is in the request, but it is known and no secret. */
function keyOf(error: unknown): { readonly key?: string } {
  const keyId = isA(UnauthorizedError, error) ? (error as UnauthorizedError).keyId : undefined;
  return keyId === undefined ? {} : { key: printableStart(String(keyId), LONGEST_TEXT) };
}

/**
 * Whether a text may hold a part of a credential: a long word of it stands in the query or in a header of the request.
 */
function quotes(text: string, { headers, query }: HttpRequestInfo): boolean {
  const words = text.slice(0, LONGEST_TEXT).match(LONG_WORD);
  if (words === null) return false;
  const values = [...query.values(), ...Object.values(headers)];
  return words.some((word) => values.some((value) => value.includes(word)));
}
