// PostgreSQL in trouble, while sessions are recorded: what is said, that it passes by itself, and that nothing is lost.
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { CANARY_PASSWORD, canMount, hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { RecordedSite } from '../support/recorded-site.ts';
import { SHORT_LIMITS } from '../support/short-limits.ts';

/** A new database has about 8 MiB. */
const SPACE_MIB = 24;
let server: PostgresServer;

beforeAll(async () => {
  if (!hasPostgres) return;
  server = await startPostgres({
    auth: 'scram-sha-256',
    settings: { max_connections: '12' },
    ...(canMount ? { spaceMiB: SPACE_MIB } : {}),
  });
});
afterAll(() => server?.stop());

/** A database of its own, which sessions are recorded in. */
class Site extends RecordedSite<PostgresStorage> {
  readonly name: string;

  constructor(name: string) {
    super(new PostgresStorage(server.urlOf(name), systemClock, SHORT_LIMITS));
    this.name = name;
    onTestFinished(() => {
      const said = JSON.stringify([this.log.lines, this.recorder.status()]);
      expect(said).not.toContain(CANARY_PASSWORD);
      expect(said).not.toContain(encodeURIComponent(CANARY_PASSWORD));
    });
  }

  /** Runs statements as the superuser, in this database. */
  query<Row>(text: string): Promise<Row[]> {
    return server.query(text, this.name);
  }

  /** Ends the connections of the storage, so that it has to make new ones. */
  async disconnect(): Promise<void> {
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${this.#isOurs}`);
  }

  /** Takes all connections that the storage could have. @returns a function that gives them back. */
  async crowdOut(): Promise<() => Promise<unknown>> {
    const others: pg.Client[] = [];
    do {
      await this.disconnect();
      while (await another(others, server.urlOf(this.name)));
    } while ((await server.query(`SELECT FROM pg_stat_activity WHERE ${this.#isOurs}`)).length > 0);
    return () => Promise.all(others.map((other) => other.end()));
  }

  get #isOurs(): string {
    return `usename = '${this.name}' AND application_name = 'signalbox'`;
  }
}

/** Opens one more connection. @returns whether there was one. */
async function another(others: pg.Client[], url: string): Promise<boolean> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  try {
    await client.connect();
    others.push(client);
    return true;
  } catch {
    return false;
  }
}

async function openSite(): Promise<Site> {
  return new Site((await server.database()).name).open();
}

describe.runIf(hasPostgres)('PostgreSQL', () => {
  test('that is killed and started again', async () => {
    const site = await openSite();
    await server.kill();
    site.visit(2_000);
    await site.degraded(
      /PostgreSQL at 127\.0\.0\.1:\d+\/db\d+ cannot be reached: check that it runs.* \(ECONNREFUSED\)/,
    );
    site.visit(1_000);
    await server.start();
    await site.ready();
  });

  test('that stops, and goes on', async () => {
    const site = await openSite();
    server.pause();
    site.visit(500);
    await site.degraded(/does not answer in time: .* \(ETIMEDOUT\)/);
    server.resume();
    await site.ready();
  });

  test('that is away at the start', async () => {
    const { name } = await server.database();
    await server.kill();
    const site = new Site(name);
    await site.recorder.start();
    site.visit(10);
    await site.degraded(/cannot be reached/);
    await server.start();
    await site.ready();
  });

  test('that is too slow', async () => {
    const site = await openSite();
    await site.query(`
      CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
      CREATE TRIGGER slow BEFORE INSERT ON signalbox.sessions FOR EACH STATEMENT EXECUTE FUNCTION sleep()`);
    site.visit(500);
    await site.degraded(/does not answer in time: .* \(57014\)/);
    await site.query('DROP TRIGGER slow ON signalbox.sessions');
    await site.ready();
  });

  test('whose table somebody has locked', async () => {
    const site = await openSite();
    const other = await server.connect(site.name);
    await other.query('BEGIN; LOCK TABLE signalbox.sessions IN EXCLUSIVE MODE');
    site.visit(500);
    await site.degraded(/is locked by another transaction: .* \(55P03\)/);
    await other.end();
    await site.ready();
  });

  test('that has no free connection', async () => {
    const site = await openSite();
    const giveBack = await site.crowdOut();
    site.visit(500);
    await site.degraded(/has no free connection: raise its max_connections, .* \(53300\)/);
    await giveBack();
    await site.ready();
  });

  test.runIf(canMount)('whose disk is full', async () => {
    const { name } = await server.database('space');
    const site = await new Site(name).open();
    const filler = join(server.space, 'filler');
    const { bavail, bsize } = statfsSync(server.space);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    site.visit(5_000);
    await site.degraded(/has no space left: make room on its disk \(53100\)/);
    site.visit(500);
    rmSync(filler);
    await site.ready();
  });

  test('that says that its disk is full', async () => {
    const site = await openSite();
    await site.query(`
      CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON signalbox.sessions FOR EACH ROW EXECUTE FUNCTION fill()`);
    site.visit(500);
    await site.degraded(/has no space left: make room on its disk \(53100\)/);
    await site.query('DROP TRIGGER full_disk ON signalbox.sessions');
    await site.ready();
  });

  test('that is a standby for a while, until it is promoted', async () => {
    const site = await openSite();
    await server.kill();
    site.visit(500);
    await server.startAsStandby();
    await site.degraded(/may only be read: it is a standby, .* \(25006\)/);
    await server.query('SELECT pg_promote()');
    await site.ready();
  });

  test('whose role has another password now', async () => {
    const site = await openSite();
    await site.query(`ALTER ROLE ${site.name} PASSWORD 'another'`);
    await site.disconnect();
    site.visit(500);
    await site.degraded(/does not let the role of the URL in: .* \(28P01\)/);
    await site.query(`ALTER ROLE ${site.name} PASSWORD '${CANARY_PASSWORD}'`);
    await site.ready();
  });

  test('whose role has lost a right', async () => {
    const site = await openSite();
    await site.query(`ALTER TABLE signalbox.sessions OWNER TO postgres`);
    site.visit(500);
    await site.degraded(/does not allow the role .* \(42501, permission denied for table sessions\)/);
    await site.query(`GRANT ALL ON signalbox.sessions TO ${site.name}`);
    await site.ready();
  });

  test('that may only be read, also when nobody comes or goes', async () => {
    const site = await openSite();
    await server.query(`ALTER DATABASE ${site.name} SET default_transaction_read_only = on`);
    await site.disconnect();
    await site.degraded(/may only be read: .* \(25006\)/);
    await server.query(`ALTER DATABASE ${site.name} RESET default_transaction_read_only`);
    site.visit(500);
    await site.ready();
  });

  test('whose schema is dropped: it is made anew', async () => {
    const site = await openSite();
    await site.query('DROP SCHEMA signalbox CASCADE');
    site.visit(5);
    await site.saved();
    expect(site.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        error: expect.stringMatching(/has lost tables of signalbox: .* \(42P01, /),
      }),
    );
    expect(await site.storage.sessions.list()).toHaveLength(5);
  });

  test('of whose tables one is dropped: it waits for it', async () => {
    const site = await openSite();
    await site.query('ALTER TABLE signalbox.sessions RENAME TO elsewhere');
    site.visit(5);
    await site.degraded(/has lost tables of signalbox: .* \(42P01, there is no "signalbox"\.sessions\)/);
    await site.query('ALTER TABLE signalbox.elsewhere RENAME TO sessions');
    await site.ready();
  });

  test('whose database is dropped, and made again', async () => {
    const site = await openSite();
    await server.query(`DROP DATABASE ${site.name} WITH (FORCE)`);
    site.visit(5);
    await site.degraded(/has no database of this name: make it, or name another one \(3D000\)/);
    await server.query(`CREATE DATABASE ${site.name} OWNER ${site.name}`);
    await site.saved();
    expect(await site.storage.sessions.list()).toHaveLength(5);
  });
});
