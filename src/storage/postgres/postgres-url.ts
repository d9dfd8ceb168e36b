import { OptionsError } from '../../errors.ts';
import { nearestName } from '../../nearest-name.ts';
import { TLS_PARAMETERS, type TlsSettings, tlsSettings } from './postgres-tls.ts';

/** Where a database is, and how it is used. */
export interface PostgresAddress {
  /** Name or address of the machine, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** undefined: as pg decides, by PGUSER or the user of the process. */
  readonly user: string | undefined;
  /** undefined: as pg decides, by PGPASSWORD or a file of passwords. */
  readonly password: string | undefined;
  /** Name of the schema that has the tables, without quotes. */
  readonly schema: string;
  /** Largest number of connections. */
  readonly connections: number;
  readonly tls: TlsSettings | undefined;
  /** Parameters that pg gets as they are. */
  readonly passed: Readonly<Record<string, string>>;
}

/** How a URL is written. */
export const POSTGRES_FORM = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE';

const DEFAULT_PORT = 5432;
const DEFAULT_SCHEMA = 'signalbox';
const DEFAULT_CONNECTIONS = 8;
const MOST_CONNECTIONS = 1_000;
/** Names that begin with pg_ are PostgreSQL's own. */
const SCHEMA = /^(?!pg_)[a-z0-9_]{1,63}$/;
const NUMBER = /^\d{1,9}$/;

/** Parameters that replace a part of the URL, as pg has them. */
const PARTS = ['host', 'port', 'user', 'password'];
/** What pg tells the server at the beginning of a connection. Not the encoding: pg reads texts as UTF-8 alone. */
const PASSED = [
  'application_name',
  'fallback_application_name',
  'options',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
];
const KNOWN = ['schema', 'connections', ...PARTS, ...PASSED, ...TLS_PARAMETERS];
/** A mistake in one of these would switch TLS off, or name another schema, without a word. */
const GUARDED = ['schema', 'connections', 'sslmode', 'sslrootcert'];

/**
 * Reads the URL of a database. Parameters that neither we nor pg know are left out: providers of databases write some
 * for other programs.
 *
 * @throws {OptionsError} which shows nothing of the URL: it holds a password.
 */
export function readPostgresUrl(text: string): PostgresAddress {
  const url = parse(text);
  const parameters = Object.fromEntries(url.searchParams);
  checkNames(Object.keys(parameters));
  const { host = decoded(url.hostname.replace(/^\[(.+)\]$/, '$1')), port = url.port } = parameters;
  const database = decoded(url.pathname.slice(1));
  if (host.includes(',')) throw refused('it names one host: PostgreSQL has to be behind one name or address.');
  if (database === '') throw refused(`it must name a database, as in ${POSTGRES_FORM}.`);
  const { schema = DEFAULT_SCHEMA, connections = `${DEFAULT_CONNECTIONS}` } = parameters;
  if (!SCHEMA.test(schema))
    throw refused('its parameter schema must be 1 to 63 of a-z, 0-9 and _, and must not begin with pg_.');
  return {
    host: host === '' ? 'localhost' : host,
    port: port === '' ? DEFAULT_PORT : wholeNumber('port', port, 65_535),
    database,
    user: textOf(parameters.user ?? decoded(url.username)),
    password: textOf(parameters.password ?? decoded(url.password)),
    schema,
    connections: wholeNumber('connections', connections, MOST_CONNECTIONS),
    tls: tlsSettings(parameters, refused),
    passed: Object.fromEntries(Object.entries(parameters).filter(([name]) => PASSED.includes(name))),
  };
}

function parse(text: string): URL {
  // Without slashes everything would be a path, and its end a database on this machine.
  if (!/^[a-z]+:\/\//.test(text)) throw malformed();
  try {
    // A user without a host is no URL for Node, and is one for PostgreSQL: `postgres://ann@/data?host=/var/run`.
    return new URL(text.replace(/^([^/]+:\/\/[^/?#]*@)(?=[/?#]|$)/, '$1localhost'));
  } catch {
    throw malformed();
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw malformed();
  }
}

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (KNOWN.includes(name)) continue;
    const near = nearestName(name, GUARDED);
    if (near !== undefined) throw refused(`one of its parameters is nearly ${near}: write it so, or leave it out.`);
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = NUMBER.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw refused(`its ${name} must be a whole number from 1 to ${most}.`);
  return value;
}

function textOf(part: string): string | undefined {
  return part === '' ? undefined : part;
}

function malformed(): OptionsError {
  return refused(
    `it is no URL: it must be ${POSTGRES_FORM}, with characters such as @ : / ? # % of a password as %40 %3A %2F %3F %23 %25.`,
  );
}

function refused(why: string): OptionsError {
  return new OptionsError(`storage is "postgres:...", but ${why}`);
}
