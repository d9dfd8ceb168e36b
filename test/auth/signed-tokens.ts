// Tokens made with jose, and authenticators on a simulated clock.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignJWT } from 'jose';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { type JwtOptions, jwt, UnauthorizedError } from '../../src/auth/index.ts';
import { type HttpRequestInfo, requestOf } from '../../src/http/request-texts.ts';
import type { User } from '../../src/index.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { authServices } from '../support/auth-services.ts';
import { CollectedLog } from '../support/collected-log.ts';

export const SECRET = 'a secret of these tests, of 32 bytes or more';
export const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
export const P256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The moment at which simulated clocks begin, in seconds since 1970. */
export const NOW = new SimulatedClock().wallNow() / 1_000;

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

export interface Signed {
  readonly key?: KeyObject | Uint8Array;
  readonly header?: { readonly alg?: string; readonly kid?: string; readonly [name: string]: unknown };
}

/**
 * A token of ada's that is good for an hour, with these claims instead; undefined: without that claim. Without a key:
 * HS256 with `SECRET`.
 */
export function tokenOf(
  claims: Readonly<Record<string, unknown>> = {},
  { key = bytesOf(SECRET), header = {} }: Signed = {},
): Promise<string> {
  const all = { sub: 'ada', iat: NOW, exp: NOW + 3_600, ...claims };
  const defined = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(defined).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A part of a token that is written by hand. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

export interface Attached {
  readonly clock: SimulatedClock;
  readonly log: CollectedLog;
  readonly detach: () => void;
  readonly authenticate: Authenticator;
  /** What the authenticator answers to a request with this token, at once or with a promise. */
  ask(token: string | undefined): ReturnType<Authenticator>;
  userOf(token: string): Promise<User | null>;
  /** Resolves with the reason for which a token is refused. */
  refusal(token: string): Promise<string>;
}

/** `jwt` with these options, attached as a server does it. */
export function attached(
  options: JwtOptions | readonly JwtOptions[] = { secret: SECRET },
  authenticate = jwt(options),
): Attached {
  const [clock, log] = [new SimulatedClock(), new CollectedLog()];
  const detach = authenticate.attach?.(authServices({ clock, log })) ?? (() => {});
  const ask = (token: string | undefined) => authenticate(withToken(token), {} as IncomingMessage);
  return {
    clock,
    log,
    detach,
    authenticate,
    ask,
    userOf: async (token) => ask(token),
    async refusal(token) {
      try {
        throw new Error(`It was let in: ${JSON.stringify(await ask(token))}`);
      } catch (error) {
        if (error instanceof UnauthorizedError) return error.message;
        throw error;
      }
    },
  };
}

/** The token is in the header, unless a header cannot have such a text. */
function withToken(token: string | undefined): HttpRequestInfo {
  if (token === undefined) return requestOf('/hub', {}, '');
  return /^[!-~]*$/.test(token)
    ? requestOf('/hub', { authorization: `Bearer ${token}` }, '')
    : requestOf(`/hub?${new URLSearchParams({ access_token: token })}`, {}, '');
}
