import { asError, HubError } from '../errors.ts';
import { must, type Rules, readOptions, whole } from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';
import type { ClaimOptions, PresenceQuery } from './presence.ts';
import type { CheckedClaim, CheckedPresenceQuery } from './presence-port.ts';
import { namesFault } from './target.ts';

/** Length of the longest key, and of the longest `as`, in bytes of UTF-8. */
const MAXIMUM_KEY_BYTES = 512;
/** Length of the longest `info` as JSON, in bytes of UTF-8. */
const MAXIMUM_INFO_BYTES = 8_192;
const DEFAULT_LIMIT = 100;

const aText = must(
  'a text without halves of surrogate pairs',
  (value) => typeof value === 'string' && value.isWellFormed(),
  kindOf,
);
const CLAIM_RULES = { as: must('a text', (value) => typeof value === 'string', kindOf) } satisfies Rules<ClaimOptions>;
const QUERY_RULES = { prefix: aText, limit: whole(1, 1_000), after: aText } satisfies Rules<PresenceQuery>;

/**
 * @throws {TypeError} for a key that is no text, or empty.
 * @throws {HubError} for one that is too long, or that UTF-8 cannot write: it may come from a client.
 */
export function checkKey(key: string): void {
  checkName('A presence key', key);
}

/**
 * Checks the arguments of `claim`.
 *
 * @param connectionId The default of `as`.
 * @throws {TypeError | HubError | OptionsError}
 */
export function readClaim(
  key: string,
  info: unknown,
  options: ClaimOptions | undefined,
  connectionId: string,
): CheckedClaim {
  checkKey(key);
  const { as = connectionId } = readOptions('claim', options, CLAIM_RULES);
  checkName('The holder of a presence key (as)', as);
  return { key, as, info: info === undefined ? undefined : writeInfo(info) };
}

/**
 * Writes `info` as JSON, which is what other nodes and all readers get.
 *
 * @throws {TypeError} when JSON cannot write it.
 * @throws {HubError} when it is too long.
 */
export function writeInfo(info: unknown): string {
  const text = jsonOf(info);
  if (text === undefined) throw new TypeError(`The info of a presence key must be JSON, but it is ${kindOf(info)}.`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAXIMUM_INFO_BYTES)
    throw new HubError(
      `The info of a presence key may have at most ${MAXIMUM_INFO_BYTES} bytes as JSON, but it has ${bytes}.`,
    );
  return text;
}

/** @param call The method that the options were given to. @throws {OptionsError} */
export function readPresenceQuery(call: string, given: PresenceQuery | undefined): CheckedPresenceQuery {
  const { prefix = '', limit = DEFAULT_LIMIT, after } = readOptions(call, given, QUERY_RULES);
  return { prefix, limit, after };
}

function checkName(what: string, name: string): void {
  const fault = namesFault(what, [name]);
  if (fault !== undefined) throw new TypeError(fault);
  if (!name.isWellFormed()) throw new HubError(`${what} must not have half of a surrogate pair.`);
  const bytes = Buffer.byteLength(name);
  if (bytes > MAXIMUM_KEY_BYTES)
    throw new HubError(`${what} may have at most ${MAXIMUM_KEY_BYTES} bytes, but it has ${bytes}.`);
}

function jsonOf(info: unknown): string | undefined {
  try {
    return JSON.stringify(info);
  } catch (error) {
    throw new TypeError(`The info of a presence key cannot be written as JSON: ${asError(error).message}`, {
      cause: error,
    });
  }
}
