import { readPostgresUrl } from '../storage/postgres/postgres-url.ts';

/**
 * The command line that copies a database of PostgreSQL into a file. It has no password: pg_dump asks for it, or takes
 * it from PGPASSWORD or PGPASSFILE.
 */
export function pgDump(url: string, file: string): string {
  const { host, port, user, database, schema } = readPostgresUrl(url);
  const flags = [
    ['host', host],
    ['port', `${port}`],
    ...(user === undefined ? [] : [['username', user]]),
    ['dbname', database],
    ['schema', schema],
    ['format', 'custom'],
    ['file', file],
  ];
  return ['pg_dump', ...flags.map(([name, value = '']) => `--${name}=${quoted(value)}`)].join(' ');
}

/** A word of a command line of a shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
