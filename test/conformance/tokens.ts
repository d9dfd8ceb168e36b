// Tokens for tests: user and expiry in plain text, with a signature. They are no real JWTs.
import { createHmac } from 'node:crypto';
import type { HttpRequestInfo, User } from '../../src/index.ts';

interface Claims {
  readonly sub: string;
  readonly role: string | null;
  /** Milliseconds since 1970. */
  readonly exp: number;
}

const HOUR_S = 3_600;
/** Length of 32 bytes as base64url. */
const SIGNATURE_LENGTH = 43;

/** @param now Milliseconds since 1970. */
export function tokenFor(now: number, user: string, role: string | null, seconds = HOUR_S): string {
  const claims: Claims = { sub: user, role, exp: now + seconds * 1_000 };
  const text = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return text + signatureOf(text);
}

/**
 * The user of the token in the header, or else in the query, where browsers have to put it. Without a valid token:
 * null.
 *
 * @param now Milliseconds since 1970.
 */
export function userOf(now: number, { headers, query }: HttpRequestInfo): User | null {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? query.get('access_token') ?? '';
  const text = token.slice(0, -SIGNATURE_LENGTH);
  if (token.slice(-SIGNATURE_LENGTH) !== signatureOf(text)) return null;
  const { sub, role, exp } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Claims;
  return exp < now ? null : { id: sub, roles: role === null ? [] : [role], expiresAt: exp };
}

function signatureOf(text: string): string {
  return createHmac('sha256', 'of these tests only').update(text).digest('base64url');
}
