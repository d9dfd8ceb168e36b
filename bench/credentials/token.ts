import { createHmac } from 'node:crypto';

export const JWT_SECRET = 'a secret of the benchmark, of 32 bytes or more';
/** Seconds. Longer than any benchmark. */
const DAY = 86_400;

/** A JSON Web Token as identity providers make them, but small. */
export function newToken(): string {
  const now = Math.floor(Date.now() / 1_000);
  const [head, claims] = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: 'ada', iss: 'https://login.example', iat: now, exp: now + DAY, roles: ['reader', 'writer'] },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = createHmac('sha256', JWT_SECRET).update(`${head}.${claims}`).digest('base64url');
  return `${head}.${claims}.${signature}`;
}
