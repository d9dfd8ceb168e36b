import { afterAll, beforeAll, test } from 'vitest';
import { crashRounds } from '../support/crash-rounds.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';

let server: PostgresServer;

beforeAll(async () => {
  if (hasPostgres) server = await startPostgres();
});
afterAll(() => server?.stop());

/** Promise 7: acknowledged writes survive SIGKILL. Several servers one after the other, on one database. */
test.runIf(hasPostgres)(
  'a server that is killed while it records in PostgreSQL: nothing acknowledged is missing, nothing is there twice',
  async () => {
    const { name, url } = await server.database();
    await crashRounds(url, async () => {
      // What it had begun ends with its connections.
      await server.gone(name);
      const rows = await server.query<{ readonly id: string }>(
        'SELECT connection_id AS id FROM signalbox.sessions WHERE disconnected_at IS NULL',
        name,
      );
      return new Set(rows.map(({ id }) => id));
    });
  },
);
