import type { IncomingMessage } from 'node:http';
import { framesOf, HubError, isA, loggable } from '../errors.ts';
import { requestFields } from '../http/request-log.ts';
import type { HttpRequestInfo } from '../http/request-texts.ts';
import type { LimitedLog } from '../log-limit.ts';
import { shown } from '../printable.ts';

/** What JavaScript itself throws when code is wrong. Those who refuse throw an Error, a HubError or a class of their own. */
const OF_JAVASCRIPT = [TypeError, ReferenceError, RangeError, SyntaxError, URIError, EvalError];
/** Characters of a text that are logged, at most. */
const LONGEST_TEXT = 200;
/** What looks like a credential, or a piece of one: shorter words stand in many requests. */
const LONG_WORD = /[\w.~+/=-]{8,}/g;
const WITHHELD = '(withheld: it quotes the request)';

/**
 * Tells the log that `authenticate` has thrown. Doing so is how it refuses, so the line is short: what was said, and not where.
 * Where stands in it when the error looks like a mistake in the code, and at level debug.
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
    // JSON.parse quotes what it was given.
    reason: isA(SyntaxError, error) || quotes(message, info) ? WITHHELD : shown(message, LONGEST_TEXT),
    error: shown(name, LONGEST_TEXT),
    ...(hasFrames ? { stack: framesOf(error) } : {}),
  });
}

/** Whether a text may hold a piece of a credential: a long word of it stands in the query or a header of the request. */
function quotes(text: string, { headers, query }: HttpRequestInfo): boolean {
  const words = text.slice(0, LONGEST_TEXT).match(LONG_WORD);
  if (words === null) return false;
  const values = [...query.values(), ...Object.values(headers)];
  return words.some((word) => values.some((value) => value.includes(word)));
}
