// The schema in PostgreSQL: who makes it, who may use it, and which one is refused.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SESSIONS } from '../../src/storage/migrations/postgres/001-sessions.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { hasPostgres, type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';

/** One file for each version. */
const LATEST = readdirSync(new URL('../../src/storage/migrations/postgres/', import.meta.url)).length;

let server: PostgresServer;

beforeAll(async () => {
  if (hasPostgres) server = await startPostgres({ settings: { max_connections: '150' } });
});
afterAll(() => server?.stop());

function storageOf(url: string): PostgresStorage {
  const storage = new PostgresStorage(url);
  onTestFinished(() => storage.close());
  return storage;
}

/** Everything that a database has, apart from PostgreSQL's own. */
function contentOf({ name }: PostgresDatabase): Promise<unknown> {
  return server.query(
    `SELECT nspname, (SELECT array_agg(relname::text || ' ' || relkind::text ORDER BY relname) FROM pg_class WHERE relnamespace = n.oid)
     FROM pg_namespace n WHERE nspname !~ '^pg_|^information_schema$' ORDER BY nspname`,
    name,
  );
}

function versionIn({ name }: PostgresDatabase, schema = 'signalbox'): Promise<unknown> {
  return server.query(`SELECT version FROM ${schema}.schema_version`, name);
}

/** Makes the schema as the first version of signalbox with PostgreSQL would have left it. */
async function makeVersion1({ name }: PostgresDatabase): Promise<void> {
  await server.query(
    `SET ROLE ${name}; CREATE SCHEMA signalbox; ${SESSIONS('signalbox')}
     CREATE TABLE signalbox.schema_version (only_row boolean PRIMARY KEY DEFAULT true, version integer NOT NULL);
     INSERT INTO signalbox.schema_version (version) VALUES (1)`,
    name,
  );
}

describe.runIf(hasPostgres)('the schema', () => {
  test('is made by a role that is no superuser, and has the latest version', async () => {
    const database = await server.database();
    await storageOf(database.url).open(ALONE);
    expect(await versionIn(database)).toEqual([{ version: LATEST }]);
    expect(await server.query(`SELECT rolsuper FROM pg_roles WHERE rolname = '${database.name}'`)).toEqual([
      { rolsuper: false },
    ]);
  });

  test('has the name that the URL gives it, whatever that is in SQL', async () => {
    const database = await server.database();
    await storageOf(`${database.url}?schema=select`).open(ALONE);
    await storageOf(`${database.url}?schema=1_2`).open(ALONE);
    expect(await versionIn(database, '"select"')).toEqual([{ version: LATEST }]);
    expect(await versionIn(database, '"1_2"')).toEqual([{ version: LATEST }]);
  });

  test('is made once when many servers start at once', async () => {
    const database = await server.database();
    const migrated = await Promise.all(Array.from({ length: 10 }, () => new PostgresStorage(database.url).migrate()));
    expect(migrated.filter(({ from }) => from === 0)).toEqual([{ from: 0, to: LATEST }]);
    expect(migrated.filter(({ from }) => from === LATEST)).toHaveLength(9);
    expect(await versionIn(database)).toEqual([{ version: LATEST }]);
  });

  test('is made once when several processes start at once', async () => {
    const database = await server.database();
    const program = new URL('../support/migrating-process.ts', import.meta.url);
    const processes = Array.from({ length: 3 }, () => new Child(program, database.url));
    await Promise.all(processes.map(({ stdout }) => stdout.first((line) => line === 'ready')));
    await Promise.all(processes.map((process) => process.stop()));
    const said = processes.map(({ stdout }) => stdout.all.at(-1)).sort();
    expect(said).toEqual([`from 0 to ${LATEST}`, `from ${LATEST} to ${LATEST}`, `from ${LATEST} to ${LATEST}`]);
  });

  test('of an older version gets what is missing, and keeps its rows', async () => {
    const database = await server.database();
    await makeVersion1(database);
    await server.query(
      `INSERT INTO signalbox.sessions (id, hub, connection_id, transport, remote_address, node_id, connected_at)
       VALUES ('a', '/hub', 'c', 'WebSockets', '::1', 'other', 1)`,
      database.name,
    );
    const storage = storageOf(database.url);
    expect(await storage.migrate()).toEqual({ from: 1, to: LATEST });
    await storage.open({ ...ALONE, isAlive: () => true });
    expect(await storage.sessions.list()).toMatchObject([{ id: 'a', nodeId: 'other', connectedAt: 1 }]);
    expect(await storage.keys.list()).toEqual([]);
  });

  test('of a newer version is refused, and stays as it is', async () => {
    const database = await server.database();
    const storage = storageOf(database.url);
    await storage.migrate();
    await server.query('UPDATE signalbox.schema_version SET version = 9', database.name);
    const refusal = {
      problem: 'newer-schema',
      message:
        `"signalbox" in PostgreSQL at 127.0.0.1:${server.port}/${database.name} has schema 9, and this version of ` +
        `signalbox knows ${LATEST} at most: a newer version has used it. Start that one, or name another schema.`,
    };
    for (const refused of [
      () => storage.open(ALONE),
      () => storage.examine(),
      () => storage.check(),
      () => storage.migrate(),
    ])
      await expect(refused()).rejects.toMatchObject(refusal);
    expect(await versionIn(database)).toEqual([{ version: 9 }]);
  });

  test('with tables of another program is refused, and stays as it is', async () => {
    const database = await server.database();
    await server.query(
      `CREATE SCHEMA signalbox AUTHORIZATION ${database.name}; CREATE TABLE signalbox.sessions (id integer)`,
      database.name,
    );
    const before = await contentOf(database);
    const storage = storageOf(database.url);
    const refusal = { problem: 'unreadable', message: expect.stringContaining('has tables of another program') };
    for (const refused of [() => storage.open(ALONE), () => storage.examine(), () => storage.migrate()])
      await expect(refused()).rejects.toMatchObject(refusal);
    expect(await contentOf(database)).toEqual(before);
  });

  test('is examined and checked without being made', async () => {
    const database = await server.database();
    const before = await contentOf(database);
    await storageOf(database.url).examine();
    expect(await storageOf(database.url).check()).toEqual({ version: 0, latest: LATEST });
    expect(await contentOf(database)).toEqual(before);
    await makeVersion1(database);
    expect(await storageOf(database.url).check()).toEqual({ version: 1, latest: LATEST });
    await storageOf(database.url).migrate();
    expect(await storageOf(database.url).check()).toEqual({ version: LATEST, latest: LATEST });
  });

  test('that may only be read is refused at the start', async () => {
    const database = await server.database();
    await storageOf(database.url).migrate();
    await server.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    const refusal = { problem: 'unwritable', message: expect.stringContaining('may only be read') };
    await expect(storageOf(database.url).open(ALONE)).rejects.toMatchObject(refusal);
    await expect(storageOf(database.url).examine()).rejects.toMatchObject(refusal);
  });

  test('in a database without UTF-8 is refused', async () => {
    const database = await server.database();
    await server.query(`DROP DATABASE ${database.name}`);
    await server.query(
      `CREATE DATABASE ${database.name} OWNER ${database.name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
    );
    await expect(storageOf(database.url).examine()).rejects.toMatchObject({
      problem: 'unwritable',
      message: expect.stringMatching(/has the encoding LATIN1, and signalbox needs UTF8/),
    });
  });
});

describe.runIf(hasPostgres)('a role', () => {
  test('may make the tables in a schema that somebody has made for it', async () => {
    const database = await server.database();
    await server.query(
      `ALTER DATABASE ${database.name} OWNER TO postgres; CREATE SCHEMA signalbox AUTHORIZATION ${database.name}`,
      database.name,
    );
    await storageOf(database.url).examine();
    await storageOf(database.url).open(ALONE);
    expect(await versionIn(database)).toEqual([{ version: LATEST }]);
  });

  /** A role with a right to connect, and the URL with which it does. */
  async function guestOf({ name, url }: PostgresDatabase): Promise<{ readonly guest: string; readonly url: string }> {
    const guest = `guest_of_${name}`;
    await server.query(`CREATE ROLE ${guest} LOGIN`);
    return { guest, url: url.replace(`//${name}:`, `//${guest}:`) };
  }

  test('without the right to make a schema is refused, and told what is missing', async () => {
    const { url } = await guestOf(await server.database());
    const refusal = {
      problem: 'unwritable',
      message: expect.stringMatching(
        /does not allow the role of the URL what is needed: .*rights.* \(42501, permission denied for database db\d+\)/,
      ),
    };
    await expect(storageOf(url).open(ALONE)).rejects.toMatchObject(refusal);
    await expect(storageOf(url).examine()).rejects.toMatchObject(refusal);
  });

  test('may use a schema that another one has made, with the rights that the documents name', async () => {
    const database = await server.database();
    const { guest, url } = await guestOf(database);
    await storageOf(database.url).migrate();
    const storage = storageOf(url);
    await expect(storage.examine()).rejects.toMatchObject({ problem: 'unwritable' });
    await server.query(
      `GRANT USAGE ON SCHEMA signalbox TO ${guest};
       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA signalbox TO ${guest};
       REVOKE INSERT, UPDATE, DELETE ON signalbox.schema_version FROM ${guest}`,
      database.name,
    );
    await storage.examine();
    await storage.open(ALONE);
    await storage.sessions.save([sessionRecord('a')]);
    expect(await storage.sessions.list()).toHaveLength(1);
  });

  test('without a right to one of the tables is refused', async () => {
    const database = await server.database();
    await storageOf(database.url).migrate();
    await server.query(`ALTER TABLE signalbox.keys OWNER TO postgres`, database.name);
    const refusal = { problem: 'unwritable', message: expect.stringContaining('on "signalbox".keys') };
    await expect(storageOf(database.url).open(ALONE)).rejects.toMatchObject(refusal);
    await expect(storageOf(database.url).examine()).rejects.toMatchObject(refusal);
  });

  test('without the right to bring the schema up to date is refused by an examination, too', async () => {
    const database = await server.database();
    await makeVersion1(database);
    await server.query(
      `ALTER SCHEMA signalbox OWNER TO postgres; GRANT USAGE ON SCHEMA signalbox TO ${database.name}`,
      database.name,
    );
    await expect(storageOf(database.url).examine()).rejects.toMatchObject({
      problem: 'unwritable',
      message: expect.stringContaining('no CREATE on "signalbox"'),
    });
  });

  test('whose password is wrong is refused at the start, and not shown', async () => {
    const guarded = await startPostgres({ auth: 'scram-sha-256' });
    onTestFinished(() => guarded.stop());
    const { name, url } = await guarded.database();
    for (const credentials of [`${name}:not-the-canary@`, `${name}@`, 'nobody:canary@'])
      await expect(storageOf(url.replace(/[^/]*@/, credentials)).open(ALONE)).rejects.toMatchObject({
        problem: 'unwritable',
        message:
          `PostgreSQL at 127.0.0.1:${guarded.port}/${name} does not let the role of the URL in: ` +
          'check user and password, and pg_hba.conf (28P01).',
      });
  });

  test('that names no database is refused at the start', async () => {
    const { url, name } = await server.database();
    await expect(storageOf(url.replace(/[^/]+$/, 'nothing')).open(ALONE)).rejects.toMatchObject({
      problem: 'gone',
      message: expect.stringContaining('has no database of this name'),
    });
    expect(name).not.toBe('nothing');
  });
});

/** The order of another collation than "C" depends on the operating system: its update would break the indexes. */
test.runIf(hasPostgres)('texts in indexes have an order that never changes', async () => {
  const database = await server.database();
  await storageOf(database.url).migrate();
  const others = await server.query(
    `SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_collation l ON l.oid = a.attcollation
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'signalbox' AND l.collname <> 'C'`,
    database.name,
  );
  expect(others).toEqual([]);
});
