import { OptionsError } from '../../errors.ts';

/** Name or address of a machine, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  /** undefined: the user `default`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** Files for TLS, and the name that the certificate must have. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** undefined: the host of the URL. */
  readonly servername: string | undefined;
}

/** Where a Redis is, and how it is used. */
export interface RedisAddress extends Credentials {
  /** Hosts of the Sentinels if there is a `master`; else one Redis. */
  readonly hosts: readonly HostPort[];
  /** Name under which the Sentinels know the Redis that takes writes; undefined: there are none. */
  readonly master: string | undefined;
  /** Of the Sentinels. */
  readonly sentinel: Credentials;
  /** Number of the database. Channels are the same in all of them. */
  readonly database: number;
  /** undefined: no TLS. */
  readonly tls: TlsFiles | undefined;
}

/** How the URLs are written. */
export const REDIS_FORMS: readonly string[] = [
  'redis://USER:PASSWORD@HOST:PORT/DATABASE',
  'rediss://USER:PASSWORD@HOST:PORT/DATABASE',
  'redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER/DATABASE',
];

const PARTS = /^(redis|rediss|redis-sentinel):\/\/(?:([^/?#]*)@)?([^/?#@]+)([^?#]*)(?:\?([^#]*))?$/;
/** A name, an address of IPv4, or one of IPv6 in brackets; and a port. */
const HOST = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
const MOST_DATABASE = 65_535;

const TLS_PARAMETERS = ['ca', 'cert', 'key', 'servername'];
const SENTINEL_PARAMETERS = ['sentinelUser', 'sentinelPassword', 'tls'];

/**
 * Reads the URL of a Redis: `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, with TLS `rediss://`, or of Sentinels
 * `redis-sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]/MASTER[/DATABASE]`. A user may be left out before the colon
 * of the password.
 *
 * Parameters with TLS are the paths `ca`, `cert` and `key` of files in PEM, and `servername`. Sentinels have
 * `sentinelUser` and `sentinelPassword`; `tls=true` is for them and for Redis.
 *
 * @throws {OptionsError} which shows nothing of the URL: it holds a password.
 */
export function readRedisUrl(text: string): RedisAddress {
  const [, scheme, login, hosts = '', path = '', query = ''] = PARTS.exec(text) ?? [];
  if (scheme === undefined) throw malformed();
  const hasSentinels = scheme === 'redis-sentinel';
  const parameters = readParameters(query, hasSentinels ? [...TLS_PARAMETERS, ...SENTINEL_PARAMETERS] : TLS_PARAMETERS);
  const { master, database } = readPath(path, hasSentinels);
  return {
    hosts: readHosts(hosts, hasSentinels),
    ...readLogin(login),
    master,
    sentinel: credentials(parameters.get('sentinelUser'), parameters.get('sentinelPassword')),
    database,
    tls: readTls(parameters, scheme === 'rediss'),
  };
}

function readHosts(text: string, hasSentinels: boolean): HostPort[] {
  const parts = text.split(',');
  if (parts.length > 1 && !hasSentinels) throw refused('it names one host: several are those of redis-sentinel://.');
  return parts.map((part) => {
    const [, host, port = hasSentinels ? SENTINEL_PORT : REDIS_PORT] = HOST.exec(part) ?? [];
    if (host === undefined) throw malformed();
    return { host: host.replace(/^\[|\]$/g, ''), port: wholeNumber('port', port, 1, 65_535) };
  });
}

function readLogin(text: string | undefined): Credentials {
  if (text === undefined) return credentials(null, null);
  const colon = text.indexOf(':');
  if (colon < 0) throw refused('it has a user without a password: write USER:PASSWORD, or :PASSWORD without a user.');
  return credentials(decoded(text.slice(0, colon)), decoded(text.slice(colon + 1)));
}

function credentials(user: string | null, password: string | null): Credentials {
  const known = { user: textOf(user), password: textOf(password) };
  if (known.user !== undefined && known.password === undefined) throw refused('it has a user without a password.');
  return known;
}

function readPath(path: string, hasSentinels: boolean): { master: string | undefined; database: number } {
  const parts = path.split('/').slice(1).map(decoded);
  const master = hasSentinels ? textOf(parts.shift()) : undefined;
  if (hasSentinels && master === undefined)
    throw refused('it must name the master of the Sentinels, as in redis-sentinel://HOST:PORT,HOST:PORT/MASTER.');
  const [database = '', ...rest] = parts;
  if (rest.length > 0) throw malformed();
  return { master, database: database === '' ? 0 : wholeNumber('database', database, 0, MOST_DATABASE) };
}

function readParameters(query: string, known: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys())
    if (!known.includes(name)) throw refused(`one of its parameters is unknown. Known: ${known.join(', ')}.`);
  return parameters;
}

function readTls(parameters: URLSearchParams, isAlways: boolean): TlsFiles | undefined {
  const tls = parameters.get('tls') ?? 'false';
  if (!['true', 'false'].includes(tls)) throw refused('its parameter tls must be true or false.');
  if (isAlways || tls === 'true') {
    const [ca, cert, key, servername] = TLS_PARAMETERS.map((name) => textOf(parameters.get(name)));
    return { ca, cert, key, servername };
  }
  if (TLS_PARAMETERS.some((name) => parameters.has(name)))
    throw refused('it has parameters of TLS without TLS: use rediss://, or tls=true with redis-sentinel://.');
  return undefined;
}

function wholeNumber(name: string, text: string | number, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(`${text}`) ? Number(text) : -1;
  if (value < least || value > most) throw refused(`its ${name} must be a whole number from ${least} to ${most}.`);
  return value;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw malformed();
  }
}

function textOf(part: string | null | undefined): string | undefined {
  return part === null || part === '' ? undefined : part;
}

function malformed(): OptionsError {
  return refused(
    `it is no URL: it must be ${REDIS_FORMS.join(' or ')}, with characters such as @ : / ? # % of a password as %40 %3A %2F %3F %23 %25.`,
  );
}

function refused(why: string): OptionsError {
  return new OptionsError(`backplane is "redis:...", but ${why}`);
}
