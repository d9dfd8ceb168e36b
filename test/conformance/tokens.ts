// Tokens for tests: who it is for, written down. Signatures are another matter, with tests of their own.
import type { HttpRequestInfo, User } from '../../src/index.ts';

export function tokenFor(user: string, role: string | null): string {
  return Buffer.from(JSON.stringify({ sub: user, role })).toString('base64url');
}

/** From the header, else from the query, as browsers must send it. A token that says nothing makes nobody of it. */
export function userOf({ headers, query }: HttpRequestInfo): User | null {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? query.get('access_token');
  if (token === null) return null;
  try {
    const { sub, role } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<string, unknown>;
    return typeof sub === 'string' ? { id: sub, roles: typeof role === 'string' ? [role] : [] } : null;
  } catch {
    return null;
  }
}
