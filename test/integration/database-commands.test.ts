// `signalbox db` as users run it, on SQLite and PostgreSQL, beside servers and without.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/inbox.ts';
import { makeSchema3 } from '../support/old-database.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { inEnvironment } from '../support/program-environment.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { SCHEMA_VERSION } from '../support/schema-version.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let postgres: PostgresServer | undefined;

// Compiling takes a while on a busy machine.
beforeAll(async () => {
  build();
  if (hasPostgres) postgres = await startPostgres({ auth: 'scram-sha-256' });
}, 120_000);
afterAll(() => postgres?.stop());

async function run(variables: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const program = inEnvironment(variables, ...args);
  const code = await program.exited;
  return { code, out: program.stdout.all.join('\n'), err: program.stderr.all.join('\n') };
}

const db = (data: string, ...args: readonly string[]) => run({}, 'db', ...args, '--data', data);

describe('on SQLite', () => {
  test('a database is made, found good, found old, brought up to date, and refused when it is too new', async () => {
    const data = join(temporaryFolder(), 'data');
    const path = join(data, 'signalbox.db');
    const who = 'signalbox db migrate, or the next start of a server,';
    expect(await db(data, 'check')).toEqual({
      code: 1,
      out: `${path} is not there yet: ${who} makes what is missing`,
      err: '',
    });
    expect(await db(data, 'migrate')).toEqual({ code: 0, out: `${path} is made: schema ${SCHEMA_VERSION}`, err: '' });
    expect(await db(data, 'check')).toEqual({
      code: 0,
      out: `${path} has schema ${SCHEMA_VERSION}\nno damage was found`,
      err: '',
    });

    rmSync(path);
    makeSchema3(path);
    expect(await db(data, 'check')).toEqual({
      code: 1,
      out: `${path} has schema 3, and needs ${SCHEMA_VERSION}: ${who} brings it up to date\nno damage was found`,
      err: '',
    });
    expect(await db(data, 'migrate')).toMatchObject({
      code: 0,
      out: `${path} is brought from schema 3 to ${SCHEMA_VERSION}`,
    });

    new Database(path).exec('PRAGMA user_version = 99').close();
    const refusal = { out: '', err: expect.stringContaining('has schema 99') };
    const refused = await Promise.all([db(data, 'check'), db(data, 'migrate')]);
    expect(refused).toEqual([
      { ...refusal, code: 2 },
      { ...refusal, code: 1 },
    ]);
  });

  test('a copy is made while a server runs, which stays ready, and never replaces a file', async () => {
    const server = new Standalone('serve', '--port', '0');
    const port = await server.port();
    const folder = temporaryFolder();
    const file = join(folder, 'backup.db');
    const readiness = async () => (await ask(port, requestText('GET', '/readyz'))).status;
    const [copied, ...ready] = await Promise.all([db(server.data, 'backup', file), readiness(), readiness()]);
    expect(copied).toEqual({
      code: 0,
      out: `${file} has what ${server.data}/signalbox.db had when the copy was begun`,
      err: '',
    });
    expect(ready).toEqual([200, 200]);
    expect(await run({}, 'db', 'check', '--storage', `sqlite:${file}`)).toMatchObject({ code: 0 });
    expect(await db(server.data, 'backup', file)).toEqual({
      code: 1,
      out: '',
      err: `signalbox: ${file} is there already, and is not replaced: name another file.`,
    });
    expect(readdirSync(folder)).toEqual(['backup.db']);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('a copy that %s ends leaves no file behind', async (signal) => {
    const data = join(temporaryFolder(), 'data');
    expect((await db(data, 'migrate')).code).toBe(0);
    const database = new Database(join(data, 'signalbox.db'));
    onTestFinished(() => void database.close());
    // Enough rows that the signal comes before the copy is done.
    database.exec(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
      INSERT INTO sessions (id, hub, connection_id, transport, remote_address, connected_at)
      SELECT printf('%d', n), '/hubs/chat', hex(randomblob(3000)), 'WebSockets', '::1', n FROM numbers`);
    const folder = temporaryFolder();
    const program = new Standalone('db', 'backup', join(folder, 'backup.db'), '--data', data);
    await eventually(() => readdirSync(folder).length > 0);
    program.kill(signal);
    expect(await program.exited).toBe(signal);
    expect(readdirSync(folder)).toEqual([]);
    expect(program.stdout.all).toEqual([]);
  });

  test('a database that is missing is not copied', async () => {
    const folder = temporaryFolder();
    expect(await db(join(folder, 'data'), 'backup', join(folder, 'backup.db'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^signalbox: there is no database .*: choose another with --data or --storage$/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('in memory there is nothing to do', async () => {
  const memory = { SIGNALBOX_STORAGE: 'memory:' };
  const why = 'storage is memory:, which has no database: there is nothing to';
  const results = await Promise.all(
    [['migrate'], ['check'], ['backup', 'x']].map((args) => run(memory, 'db', ...args)),
  );
  expect(results).toEqual([
    { code: 0, out: '', err: `${why} bring up to date` },
    { code: 0, out: '', err: `${why} check` },
    { code: 2, out: '', err: `${why} copy` },
  ]);
});

test('what cannot be used is a line and exit code 2, and no password is in it', async () => {
  const url = 'postgres://box:hunter2@db.example/chat';
  const cases: [string[], RegExp][] = [
    [['backup'], /^signalbox: got no file, expected one behind the command, such as backup\.db$/],
    [['migrat'], /did you mean migrate\?$/],
    [['check', 'hunter2'], /^signalbox: got a word that belongs to no flag, expected flags only/],
    [['check', '--storag', url], /^signalbox: --storag: .* did you mean --storage\?$/],
    [['check', '--storage', url], /^signalbox: --storage: a password is no flag, /],
    [['check', `--storage=${url}`], /^signalbox: --storage: a password is no flag, /],
  ];
  const results = await Promise.all(cases.map(([args]) => run({}, 'db', ...args)));
  for (const [at, { code, out, err }] of results.entries()) {
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(cases[at]?.[1] ?? /never/);
    expect(err).not.toContain('hunter2');
  }
});

describe.runIf(hasPostgres)('on PostgreSQL', () => {
  test('a schema is made, found good, and copied by another program; nothing shows the password', async () => {
    const { name, url } = await (postgres as PostgresServer).database();
    const variables = { SIGNALBOX_STORAGE: url };
    const shown = `postgres://127.0.0.1:${postgres?.port}/${name}`;
    const results = [
      await run(variables, 'db', 'check'),
      await run(variables, 'db', 'migrate'),
      ...(await Promise.all([
        run(variables, 'db', 'migrate'),
        run(variables, 'db', 'check'),
        run(variables, 'db', 'backup', 'backup.dump'),
        run({ SIGNALBOX_STORAGE: url.replace(/:[^:@]*@/, ':canary-wrong@') }, 'db', 'check'),
      ])),
    ];
    expect(results).toMatchObject([
      { code: 1, out: expect.stringContaining(`${shown} has no tables of signalbox yet: `) },
      { code: 0, out: expect.stringMatching(`^${shown} is made: schema \\d+$`) },
      { code: 0, out: expect.stringMatching(`^${shown} is up to date: schema \\d+$`) },
      { code: 0, out: expect.stringMatching(`^${shown} has schema \\d+$`) },
      { code: 2, out: expect.stringMatching(`^pg_dump --host=127\\.0\\.0\\.1 .* --dbname=${name} .*=backup\\.dump$`) },
      { code: 2, err: expect.stringContaining('does not let the role of the URL in') },
    ]);
    expect(JSON.stringify(results)).not.toContain('canary');
  });
});
