import { withoutCredentials } from '../../without-credentials.ts';
import { StorageError, type StorageProblem } from '../storage.ts';

/** Rights are named in the documents: what is missing depends on who has made the schema. */
const RIGHTS = 'give it the rights of docs/storage.md#rights-in-postgresql';

/**
 * Problems by the SQLSTATE of PostgreSQL or the code of Node, each with a text for the operator. The first that fits
 * counts. `again`: it may pass within seconds, so the work is tried again.
 */
const PROBLEMS: readonly (readonly [RegExp, StorageProblem, string, 'again'?])[] = [
  [
    /^53300$/,
    'unreachable',
    'has no free connection: raise its max_connections, or lower `connections` in the URL',
    'again',
  ],
  [/^57P03$/, 'unreachable', 'is starting, stopping or recovering', 'again'],
  [/^57P0[125]$/, 'unreachable', 'has ended the connection: it is being stopped, or an administrator did so', 'again'],
  [/^57P04$/, 'gone', 'has lost this database: make it again, or name another one'],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    'unreachable',
    'cannot be found: check the name of the host, and the name server',
    'again',
  ],
  [/^(57014|25P03|ETIMEDOUT)$/, 'unreachable', 'does not answer in time: check its load and its disk', 'again'],
  [
    /^(08|E[A-Z]+$)/,
    'unreachable',
    'cannot be reached: check that it runs, and that this machine may connect to it',
    'again',
  ],
  [/^(55P03|40P01|40001)$/, 'locked', 'is locked by another transaction: end that one (see pg_stat_activity)', 'again'],
  [/^53(000|200|400)$/, 'unreachable', 'is short of memory, or at a limit: check its load and its log', 'again'],
  [/^53100$/, 'full', 'has no space left: make room on its disk'],
  [/^54000$/, 'full', 'takes no more rows: it needs a VACUUM by its administrator'],
  [
    /^25006$/,
    'unwritable',
    'may only be read: it is a standby, or default_transaction_read_only is on. Name the primary',
  ],
  [/^42501$/, 'unwritable', `does not allow the role of the URL what is needed: ${RIGHTS}`],
  [/^28/, 'unwritable', 'does not let the role of the URL in: check user and password, and pg_hba.conf'],
  [/^3D000$/, 'gone', 'has no database of this name: make it, or name another one'],
  [
    /^(42P01|3F000)$/,
    'gone',
    'has lost tables of signalbox: restore them, or drop the schema, which is made anew then',
  ],
  [/^42P07$/, 'unreadable', "has tables of another program in this schema: name another one with the URL's `schema`"],
  [/^(XX00[12]|58030|58P01)$/, 'unreadable', 'is damaged: see its own log, and restore a backup'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/,
    'failed',
    "has a certificate that is not accepted: name its authority as `sslrootcert` in the URL, and the certificate's host",
  ],
];

/** Errors of pg that have no code, by the code that they would have. */
const WITHOUT_CODE: readonly (readonly [RegExp, string])[] = [
  [/timeout/i, 'ETIMEDOUT'],
  [/client password must be a/, '28P01'],
  [/^(Connection terminated|Client (was closed|has encountered)|There was an error establishing)/, 'ECONNRESET'],
];
const NO_TLS = /does not support SSL/;

interface Thrown {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Whether the same work may succeed if it is tried again soon. */
export function isTransient(thrown: unknown): boolean {
  return !(thrown instanceof StorageError) && entryOf(codeOf(thrown))?.[3] === 'again';
}

/**
 * Turns any thrown value into an error that the operator can act on. It names no user and no password.
 *
 * @param place Host, port and database.
 */
export function postgresError(thrown: unknown, place: string): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const code = codeOf(thrown);
  const entry = entryOf(code);
  if (entry !== undefined) {
    const [, problem, text] = entry;
    return new StorageError(problem, `PostgreSQL at ${place} ${text} (${[code, ...objectOf(thrown)].join(', ')}).`);
  }
  const message = lineOf(thrown);
  if (NO_TLS.test(message)) {
    return new StorageError('failed', `PostgreSQL at ${place} has no TLS: set it up there, or use sslmode=disable.`);
  }
  return new StorageError('failed', `PostgreSQL at ${place}: ${message}${code === undefined ? '' : ` (${code})`}`);
}

function entryOf(code: string | undefined): (typeof PROBLEMS)[number] | undefined {
  return code === undefined ? undefined : PROBLEMS.find(([pattern]) => pattern.test(code));
}

function codeOf(thrown: unknown): string | undefined {
  const { code } = thrown as Thrown;
  if (typeof code === 'string') return code;
  const message = lineOf(thrown);
  return WITHOUT_CODE.find(([pattern]) => pattern.test(message))?.[1];
}

/** What PostgreSQL says about a missing right or table names the object. What PgBouncer says may name a user. */
function objectOf(thrown: unknown): string[] {
  const { code } = thrown as Thrown;
  const line = lineOf(thrown);
  return /^(42501|42P01|42P07|08P01)$/.test(String(code)) && !/\buser\b/.test(line) ? [line] : [];
}

function lineOf(thrown: unknown): string {
  const { message } = thrown as Thrown;
  return withoutCredentials(String(message ?? thrown)).replaceAll(/\s*\n\s*/g, ' ');
}
