import { lookup } from 'node:dns/promises';
import { apiKeys } from '../auth/api-keys.ts';
import { around } from '../auth/around.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { firstOf } from '../auth/first-of.ts';
import { jwt } from '../auth/jwt.ts';
import type { JwtOptions } from '../auth/jwt-options.ts';
import { OptionsError, UnauthorizedError } from '../errors.ts';
import { isLoopbackAddress, withoutBrackets } from '../http/hosts.ts';
import type { User } from '../hub/connection-info.ts';
import type { Settings } from './settings.ts';

/** The authentication of the standalone server. */
export interface StandaloneAuth {
  /** undefined: everybody, without a credential. */
  readonly authenticate: Authenticator | undefined;
  /** For people. */
  readonly summary: string;
}

const JWT = 'auth.jwt.';
const SOURCES = ['secret', 'publicKey', 'jwksFile', 'jwksUrl'];

/**
 * Makes the authentication that the settings describe.
 *
 * @throws {OptionsError} when nobody could, or when everybody on the network could and nobody has said so; Node's error
 *   when the host cannot be looked up.
 */
export async function standaloneAuth(settings: Settings): Promise<StandaloneAuth> {
  const ways = waysOf(settings);
  const isOpen = await isOpenToStrangers(settings, ways.length > 0);
  if (ways.length === 0) return { authenticate: undefined, summary: 'everybody' };
  const known = withKeys(firstOf(...ways.map(({ authenticate }) => authenticate)), settings['auth.keys']);
  const how = `with ${ways.map(({ name }) => name).join(' or ')}`;
  return isOpen
    ? { authenticate: known, summary: `everybody; known ${how}` }
    : { authenticate: required(known), summary: `only ${how}` };
}

function waysOf(settings: Settings): readonly { readonly name: string; readonly authenticate: Authenticator }[] {
  const { masterKey, 'auth.keys': hasKeys } = settings;
  const options = jwtOptionsOf(settings);
  const master = masterKey === undefined ? {} : { masterKey };
  const names = [...(hasKeys ? ['an API key'] : []), ...(masterKey === undefined ? [] : ['the master key'])];
  return [
    ...(options === undefined
      ? []
      : [{ name: 'a JSON Web Token', authenticate: ofSettings(() => jwt(options), 'jwt', JWT) }]),
    ...(names.length === 0
      ? []
      : [{ name: names.join(' or '), authenticate: ofSettings(() => apiKeys(master), 'apiKeys', '') }]),
  ];
}

/**
 * Makes an authenticator of settings.
 *
 * @param call What its errors begin with.
 * @param prefix What the names of the settings begin with.
 * @throws {OptionsError} that names the setting, and not the option.
 */
function ofSettings(make: () => Authenticator, call: string, prefix: string): Authenticator {
  try {
    return make();
  } catch (error) {
    throw error instanceof OptionsError ? new OptionsError(error.message.replace(`${call}: `, prefix)) : error;
  }
}

/** The same with the keys of the storage, or without: a master key alone lets in no other. */
function withKeys(known: Authenticator, hasKeys: boolean): Authenticator {
  const authenticate = around(known, (user) => user);
  authenticate.attach = (services) =>
    known.attach?.(hasKeys ? services : { ...services, keys: undefined }) ?? (() => {});
  return authenticate;
}

/** The settings `auth.jwt.*` as options of `jwt`; undefined: there are none. */
function jwtOptionsOf(settings: Settings): JwtOptions | undefined {
  const given = Object.entries(settings).filter(([name, value]) => name.startsWith(JWT) && value !== undefined);
  if (given.length === 0) return undefined;
  const options = Object.fromEntries(given.map(([name, value]) => [name.slice(JWT.length), value]));
  if (SOURCES.some((source) => source in options)) return options;
  throw new OptionsError(
    `auth.jwt has no key to check tokens with: set one of ${SOURCES.map((source) => JWT + source).join(', ')}.`,
  );
}

/** Whether clients without a credential may connect. */
async function isOpenToStrangers(settings: Settings, hasWays: boolean): Promise<boolean> {
  const { 'auth.anonymous': anonymous, host } = settings;
  if (anonymous === 'always') return true;
  if (anonymous === 'loopback' && (await isOfThisMachine(host))) return true;
  if (hasWays) return false;
  const why =
    anonymous === 'never'
      ? 'auth.anonymous is never, and nobody could authenticate'
      : `host is ${host}, where other machines can connect, and nobody could authenticate`;
  throw new OptionsError(
    `${why}: set auth.keys (API keys) or auth.jwt (JSON Web Tokens), or let everybody in with auth.anonymous: always.`,
  );
}

/** Whether a server that listens on a host can be reached from this machine only. */
async function isOfThisMachine(host: string): Promise<boolean> {
  const found = await lookup(withoutBrackets(host), { all: true });
  return found.every(({ address }) => isLoopbackAddress(address));
}

/** Refuses a request without a credential, whatever its hub admits. */
function required(known: Authenticator): Authenticator {
  return around(known, present);
}

/** @throws {UnauthorizedError} when there is no user. */
function present(user: User | null): User {
  if (user === null) throw new UnauthorizedError('There is no credential, and auth.anonymous lets nobody in without.');
  return user;
}
