import { OptionsError } from '../errors.ts';
import { isLoopbackName } from '../http/hosts.ts';
import {
  isSynchronous,
  listOf,
  milliseconds,
  must,
  oneOf,
  type Rule,
  type Rules,
  readOptions,
  refuse,
  someOf,
} from '../option-checks.ts';
import { kindOf } from '../value-texts.ts';
import type { JwtOptions } from './jwt-options.ts';
import { PUBLIC_ALGORITHMS, SECRET_ALGORITHMS } from './key-source.ts';
import { RESERVED_ROLES } from './reserved-roles.ts';

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
/** Its value is not shown where it may be a secret. */
const text = (what: string): Rule => must(what, isText, kindOf);

const PATH = text('the name of a claim, a path with dots, or a function');
/** A claim's place, or a function. The promise of an asynchronous one would not be waited for. */
const PATH_OR_FUNCTION: Rule = {
  read(value, at) {
    if (typeof value !== 'function') return PATH.read(value, at);
    return isSynchronous(value) ? value : refuse(value, at, 'a function that returns its result at once', kindOf);
  },
};

const TEXTS = listOf(text('a text'), 'a text, or a list of texts');
const TEXT_OR_TEXTS: Rule = {
  read: (value, at) => (Array.isArray(value) && value.length > 0 ? TEXTS.read(value, at) : ONE_TEXT.read(value, at)),
};
const ONE_TEXT = must('a text, or a list of texts', isText, kindOf);

const JWT_RULES = {
  secret: must('a text or bytes', (value) => typeof value === 'string' || value instanceof Uint8Array, kindOf),
  publicKey: text('a public key in PEM'),
  jwksFile: text('the path of a file'),
  jwksUrl: must('an address with https, or with http on this machine, without a user', isKeyAddress, kindOf),
  algorithms: someOf([...SECRET_ALGORITHMS, ...PUBLIC_ALGORITHMS]),
  issuer: TEXT_OR_TEXTS,
  audience: TEXT_OR_TEXTS,
  clockToleranceMs: milliseconds(0),
  userId: PATH_OR_FUNCTION,
  roles: PATH_OR_FUNCTION,
  keepClaims: listOf(text('the name of a claim'), 'a list of names of claims'),
  trustRoles: listOf(oneOf(RESERVED_ROLES), `a list of ${RESERVED_ROLES.join(', ')}`),
} satisfies Rules<JwtOptions>;

/** Options of one issuer, and the call that an error names. */
export interface NamedOptions {
  readonly call: string;
  readonly options: JwtOptions;
}

/**
 * Checks what `jwt` was given, except keys.
 *
 * @throws {OptionsError} also when a token could be one of two issuers.
 */
export function readJwtOptions(given: JwtOptions | readonly JwtOptions[]): readonly NamedOptions[] {
  const all = (Array.isArray(given) ? given : [given]).map((options: JwtOptions | undefined, at) => {
    const call = Array.isArray(given) ? `jwt[${at}]` : 'jwt';
    return { call, options: readOptions(call, options, JWT_RULES) };
  });
  if (all.length === 0) throw new OptionsError('jwt needs the options of at least one issuer.');
  const calls = new Map<string | undefined, string>();
  for (const { call, options } of all) {
    for (const issuer of issuersOf(options) ?? [undefined]) {
      const other = calls.get(issuer);
      if (other !== undefined) throw new OptionsError(notTold(call, other, issuer));
      calls.set(issuer, call);
    }
  }
  return all;
}

/** The names of an issuer; undefined: any. */
export function issuersOf({ issuer }: JwtOptions): readonly string[] | undefined {
  return typeof issuer === 'string' ? [issuer] : issuer && [...new Set(issuer)];
}

function notTold(call: string, other: string, issuer: string | undefined): string {
  const both = issuer === undefined ? 'have no issuer' : `have the issuer ${JSON.stringify(issuer)}`;
  return `${call}: issuer does not tell it from ${other}: both ${both}, so nobody knows whose a token is.`;
}

/** Keys that come over a network in plain text could be anybody's. */
function isKeyAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopbackName(hostname));
  return isSafe && username === '' && password === '';
}
