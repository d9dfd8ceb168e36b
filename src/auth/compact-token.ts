import { UnauthorizedError } from '../errors.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A JSON Web Token in compact form (RFC 7519; RFC 7515, section 7.1), decoded, and not verified. */
export interface CompactToken {
  readonly text: string;
  /** It has `alg`, with any value. */
  readonly header: Claims;
  readonly claims: Claims;
}

/** Bytes of a token, at most. Headers of Node have room for 16 KiB. */
const MAXIMUM_BYTES = 8_192;
const COMPACT = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/**
 * Whether a text has three parts of base64url, and may so be a token.
 *
 * @throws {UnauthorizedError} when it has, and is too long.
 */
export function isCompact(text: string): boolean {
  if (!COMPACT.test(text)) return false;
  // One byte for each character.
  if (text.length > MAXIMUM_BYTES) throw new UnauthorizedError('The token has more than 8,192 bytes.');
  return true;
}

/**
 * Decodes a text with three parts.
 *
 * @returns undefined when it is no token: its first part is no JSON object with `alg`.
 * @throws {UnauthorizedError} for a token that is wrong whatever its key is.
 */
export function readToken(text: string): CompactToken | undefined {
  const parts = text.split('.');
  const [header, claims] = parts.map(objectOf);
  if (header === undefined || !Object.hasOwn(header, 'alg')) return undefined;
  // A character may hold bits that no byte needs: then several texts are the same token, and only one of them is good.
  if (!parts.every(isCanonical)) throw new UnauthorizedError('The token is not written as base64url has to be.');
  // RFC 7515, section 4.1.11. No extension is understood.
  if (Object.hasOwn(header, 'crit')) throw new UnauthorizedError('The token has critical extensions (crit).');
  if (claims === undefined) throw new UnauthorizedError('The claims of the token are no JSON object.');
  return { text, header, claims };
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function objectOf(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
