import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { StorageError } from '../storage.ts';

/** How a connection is encrypted. */
export interface TlsSettings {
  /**
   * What is checked of the server's certificate.
   *
   * - `full`: who has signed it, and that it is of this host.
   * - `signer`: who has signed it.
   * - `nothing`: whoever answers is taken for the database.
   */
  readonly checks: 'full' | 'signer' | 'nothing';
  /** TLS from the first byte on, as PostgreSQL 17 and later understand it. */
  readonly isDirect: boolean;
  /** Files by the names of their parameters. */
  readonly files: Readonly<Partial<Record<FileParameter, string>>>;
}

/** What Node calls the content of each file. */
const FILES = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;
type FileParameter = keyof typeof FILES;
const FILE_NAMES = Object.keys(FILES) as FileParameter[];

/** Parameters of a URL that have to do with TLS. */
export const TLS_PARAMETERS = ['sslmode', 'ssl', 'sslnegotiation', 'uselibpqcompat', ...FILE_NAMES];

const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * Reads the parameters as pg 8 understands them: every mode but `disable` and `no-verify` checks everything, and with
 * `uselibpqcompat=true` they are those of libpq. We read them ourselves: pg warns that version 9 will read them in
 * another way, and a database must not lose a check with an update.
 *
 * @param refused Makes an error of what is wrong.
 * @returns undefined: no TLS.
 */
export function tlsSettings(parameters: Parameters, refused: (why: string) => Error): TlsSettings | undefined {
  const { sslmode, ssl, sslnegotiation = 'postgres', uselibpqcompat } = parameters;
  if (sslmode !== undefined && !MODES.includes(sslmode))
    throw refused(`its parameter sslmode must be ${MODES.slice(0, -1).join(', ')} or ${MODES.at(-1)}.`);
  if (!['postgres', 'direct'].includes(sslnegotiation))
    throw refused('its parameter sslnegotiation must be postgres or direct.');
  const isDirect = sslnegotiation === 'direct';
  const files = Object.fromEntries(FILE_NAMES.flatMap((name) => (parameters[name] ? [[name, parameters[name]]] : [])));
  const isAsked = sslmode !== undefined || isDirect || ssl === 'true' || ssl === '1' || Object.keys(files).length > 0;
  if (!isAsked || sslmode === 'disable') return undefined;
  const checks = uselibpqcompat === 'true' ? checksOfLibpq(sslmode, files, refused) : checksOfPg(sslmode);
  return { checks, isDirect, files };
}

function checksOfPg(mode: string | undefined): TlsSettings['checks'] {
  return mode === 'no-verify' ? 'nothing' : 'full';
}

function checksOfLibpq(
  mode: string | undefined,
  files: TlsSettings['files'],
  refused: (why: string) => Error,
): TlsSettings['checks'] {
  const hasRoot = files.sslrootcert !== undefined;
  if (mode === 'verify-ca' && !hasRoot)
    throw refused('sslmode=verify-ca needs sslrootcert: public authorities sign certificates of anybody.');
  if (mode === 'verify-ca' || (mode === 'require' && hasRoot)) return 'signer';
  return mode === 'prefer' || mode === 'require' || mode === 'no-verify' ? 'nothing' : 'full';
}

/** Reads the files. @returns settings for `tls.connect`. @throws {StorageError} for a file that cannot be read. */
export async function readTls({ checks, files }: TlsSettings): Promise<ConnectionOptions> {
  const read = await Promise.all(
    Object.entries(files).map(async ([name, path]) => [FILES[name as FileParameter], await contentOf(name, path)]),
  );
  return {
    ...Object.fromEntries(read),
    rejectUnauthorized: checks !== 'nothing',
    ...(checks === 'signer' ? { checkServerIdentity: () => undefined } : {}),
  };
}

async function contentOf(parameter: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as { readonly code?: unknown };
    throw new StorageError(
      'failed',
      `${path}, which the URL of PostgreSQL names as ${parameter}, cannot be read (${code}): check that it is there.`,
    );
  }
}
