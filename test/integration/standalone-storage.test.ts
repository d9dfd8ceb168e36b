// The standalone server with each kind of storage.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { inEnvironment } from '../support/program-environment.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let postgres: PostgresServer;

// Compiling takes a while on a busy machine.
beforeAll(async () => {
  build();
  if (hasPostgres) postgres = await startPostgres({ auth: 'scram-sha-256' });
}, 120_000);
afterAll(() => postgres?.stop());

const SERVE = ['serve', '--port', '0'];
const READY = { status: 200, body: '{"ready":true,"problems":[]}\n' };
const readiness = (port: number) => ask(port, requestText('GET', '/readyz'));

/** Resolves when the answer of /readyz is this one. */
async function until(port: number, body: string): Promise<void> {
  while ((await readiness(port)).body !== body);
}

test('in another file than that of the data folder, whose folder is made', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'a', 'chat.db');
  const program = new Standalone(
    ...SERVE,
    '--storage',
    `sqlite:${path}`,
    '--data',
    join(folder, 'data'),
    '--auth-keys',
  );
  const port = await program.port();
  expect(await program.stdout.first((line) => line.startsWith('  database'))).toBe(`  database   ${path}`);
  expect(await program.stdout.first((line) => line.startsWith('  keys'))).toBe(
    `  keys       none yet: signalbox key create --name NAME --storage sqlite:${path}`,
  );
  expect(await readiness(port)).toMatchObject(READY);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('in memory: nothing is made', async () => {
  const data = join(temporaryFolder(), 'data');
  const program = new Standalone(...SERVE, '--storage', 'memory:', '--data', data);
  const port = await program.port();
  expect(await program.stdout.first((line) => line.startsWith('  database'))).toBe('  database   memory:');
  expect(await readiness(port)).toMatchObject(READY);
  expect(existsSync(data)).toBe(false);
});

test('a folder that cannot be made is refused by serve and check with the same line', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const storage = ['--storage', `sqlite:${join(folder, 'file', 'chat.db')}`];
  const programs = [new Standalone(...SERVE, ...storage), new Standalone('check', ...storage)];
  expect(await Promise.all(programs.map(({ exited }) => exited))).toEqual([2, 2]);
  for (const { stderr } of programs)
    expect(stderr.all).toEqual([
      `signalbox: the folder of the database ${join(folder, 'file')} cannot be made: it is a file, or something else ` +
        'that is no folder. Choose another with --storage.',
    ]);
});

describe.runIf(hasPostgres)('in PostgreSQL', () => {
  test('it waits for a database that is away, keys work, and nothing shows the password', async () => {
    const { name, url } = await postgres.database();
    const secrets = join(temporaryFolder(), 'secrets');
    mkdirSync(secrets);
    writeFileSync(join(secrets, 'url'), `${url}\n`, { mode: 0o600 });
    const variables = { SIGNALBOX_STORAGE_FILE: join(secrets, 'url'), SIGNALBOX_LOG_LEVEL: 'debug' };
    await postgres.kill();
    const program = inEnvironment(variables, ...SERVE, '--auth-keys', '--auth-anonymous', 'never');
    const port = await program.port();
    const shown = `postgres://127.0.0.1:${postgres.port}/${name}`;
    expect(await program.stdout.first((line) => line.startsWith('  database'))).toBe(`  database   ${shown}`);
    const away = [{ part: 'storage', text: 'It cannot be reached.', severity: 'unready' }];
    await until(port, `${JSON.stringify({ ready: false, problems: away })}\n`);
    const checked = inEnvironment(variables, 'check', '--port', '0');
    expect(await checked.exited).toBe(0);
    await postgres.start();
    await until(port, READY.body);

    const made = inEnvironment(variables, 'key', 'create', '--name', 'app', '--user', 'ann');
    expect(await made.exited).toBe(0);
    const key = made.stdout.all.join('');
    const client = await connect(`http://127.0.0.1:${port}/hubs/chat`, { accessTokenFactory: () => key });
    await client.stop();
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(await postgres.query('SELECT count(*)::int FROM signalbox.sessions', name)).toEqual([{ count: 1 }]);
    const said = [program, checked, made].flatMap(({ stdout, stderr }) => [...stdout.all, ...stderr.all]).join('\n');
    expect(said).toContain(shown);
    expect(said).toContain('ECONNREFUSED');
    expect(said).not.toContain('canary');
  });

  test('a wrong password is refused by serve and check with the same line, which does not show it', async () => {
    const { name, url } = await postgres.database();
    const variables = { SIGNALBOX_STORAGE: url.replace(/:[^:@]*@/, ':canary-wrong@') };
    const programs = [inEnvironment(variables, ...SERVE), inEnvironment(variables, 'check', '--port', '0')];
    expect(await Promise.all(programs.map(({ exited }) => exited))).toEqual([2, 2]);
    for (const { stdout, stderr } of programs) {
      expect(stdout.all).toEqual([]);
      expect(stderr.all).toEqual([
        `signalbox: PostgreSQL at 127.0.0.1:${postgres.port}/${name} does not let the role of the URL in: ` +
          'check user and password, and pg_hba.conf (28P01).',
      ]);
    }
  });
});
