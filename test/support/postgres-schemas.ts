import { afterAll, beforeAll } from 'vitest';
import { hasPostgres, type PostgresServer, startPostgres } from './postgres.ts';

/**
 * Starts a PostgreSQL for the tests of a file, if there is one.
 *
 * @returns a function that makes the URL of a storage that nobody has used: a schema of its own in one database.
 */
export function postgresSchemas(): () => string {
  let server: PostgresServer | undefined;
  let url = '';
  let schemas = 0;
  beforeAll(async () => {
    if (!hasPostgres) return;
    server = await startPostgres();
    ({ url } = await server.database());
  });
  afterAll(() => server?.stop());
  return () => {
    schemas += 1;
    return `${url}?schema=test_${schemas}`;
  };
}
