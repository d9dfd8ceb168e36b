// TLS to PostgreSQL, as the URL asks for it.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { POOL_LIMITS } from '../../src/storage/postgres/postgres-limits.ts';
import { loadPg } from '../../src/storage/postgres/postgres-package.ts';
import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { forbidUncaught } from '../support/undisturbed.ts';

/** A self-signed certificate of `localhost` and 127.0.0.1. */
const CERTIFICATE = new URL('../support/tls/localhost.pem', import.meta.url).pathname;
const KEY = new URL('../support/tls/localhost-key.pem', import.meta.url).pathname;

let server: PostgresServer;
let name: string;

beforeAll(async () => {
  if (!hasPostgres) return;
  server = await startPostgres({ tls: { certificate: CERTIFICATE, key: KEY } });
  ({ name } = await server.database());
});
afterAll(() => server?.stop());

forbidUncaught();

/** What a connection looks like to PostgreSQL. Pools of tests try once: what is refused stays so. */
async function versionWith(query: string, host = '127.0.0.1'): Promise<string | null> {
  const url = server.urlOf(name).replace('127.0.0.1', host);
  const pool = new PostgresPool({
    pg: await loadPg(),
    address: readPostgresUrl(`${url}${query}`),
    limits: { ...POOL_LIMITS, work: { ...POOL_LIMITS.work, retryMs: 0 } },
    clock: systemClock,
  });
  onTestFinished(() => pool.close());
  return versionOf(pool);
}

async function versionOf(pool: PostgresPool): Promise<string | null> {
  const [row] = await pool.run((transaction) =>
    transaction.query<{ readonly version: string | null }>(
      'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    ),
  );
  return row?.version ?? null;
}

/** Texts that a process writes to standard error by itself. */
function warnings(): readonly string[] {
  const seen: string[] = [];
  const note = (warning: Error): void => void seen.push(warning.message);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  return seen;
}

describe.runIf(hasPostgres)('TLS', () => {
  test('is not used when nobody asks for it', async () => {
    expect(await versionWith('')).toBeNull();
    expect(await versionWith(`?sslmode=disable&sslrootcert=${CERTIFICATE}`)).toBeNull();
  });

  test('checks the certificate and the host, with every mode of pg but one', async () => {
    const seen = warnings();
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(await versionWith(`?sslmode=${mode}&sslrootcert=${CERTIFICATE}`)).toMatch(/^TLSv1/);
      await expect(versionWith(`?sslmode=${mode}`)).rejects.toMatchObject({
        problem: 'failed',
        message: expect.stringMatching(
          /^PostgreSQL at 127\.0\.0\.1:\d+\/db1 has a certificate that is not accepted: .*`sslrootcert`.* \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/,
        ),
      });
    }
    expect(await versionWith(`?sslrootcert=${CERTIFICATE}`)).toMatch(/^TLSv1/);
    // pg would warn that these modes will mean something else.
    expect(seen).toEqual([]);
  });

  test('checks nothing with no-verify', async () => {
    expect(await versionWith('?sslmode=no-verify')).toMatch(/^TLSv1/);
  });

  test('checks the host, unless libpq would not', async () => {
    // Another address of this machine, which the certificate does not have.
    const elsewhere = '127.0.0.2';
    await expect(versionWith(`?sslmode=verify-full&sslrootcert=${CERTIFICATE}`, elsewhere)).rejects.toMatchObject({
      message: expect.stringContaining('(ERR_TLS_CERT_ALTNAME_INVALID)'),
    });
    const compatible = `&uselibpqcompat=true&sslrootcert=${CERTIFICATE}`;
    expect(await versionWith(`?sslmode=verify-ca${compatible}`, elsewhere)).toMatch(/^TLSv1/);
    expect(await versionWith('?sslmode=require&uselibpqcompat=true', elsewhere)).toMatch(/^TLSv1/);
  });

  test('names a file that is not there', async () => {
    await expect(versionWith('?sslrootcert=/nowhere/ca.pem')).rejects.toMatchObject({
      problem: 'failed',
      message: expect.stringMatching(
        /^\/nowhere\/ca\.pem, which the URL .* names as sslrootcert, cannot be read \(ENOENT\)/,
      ),
    });
  });

  test('reads its files again after a connection that failed', async () => {
    const file = join(temporaryFolder(), 'ca.pem');
    // Another authority: a root of Node's.
    writeFileSync(file, rootCertificates[0] as string);
    const pool = new PostgresPool({
      pg: await loadPg(),
      address: readPostgresUrl(`${server.urlOf(name)}?sslrootcert=${file}`),
      limits: POOL_LIMITS,
      clock: systemClock,
    });
    onTestFinished(() => pool.close());
    await expect(versionOf(pool)).rejects.toMatchObject({ problem: 'failed' });
    copyFileSync(CERTIFICATE, file);
    expect(await versionOf(pool)).toMatch(/^TLSv1/);
  });

  test('shows a certificate of its own when PostgreSQL wants one', async () => {
    const strict = await startPostgres({ tls: { certificate: CERTIFICATE, key: KEY, isMutual: true } });
    onTestFinished(() => strict.stop());
    const { url } = await strict.database();
    const pools = await Promise.all(
      [`&sslcert=${CERTIFICATE}&sslkey=${KEY}`, ''].map(async (own) => {
        const address = readPostgresUrl(`${url}?sslmode=verify-full&sslrootcert=${CERTIFICATE}${own}`);
        const pool = new PostgresPool({ pg: await loadPg(), address, limits: POOL_LIMITS, clock: systemClock });
        onTestFinished(() => pool.close());
        return pool;
      }),
    );
    const [withOwn, without] = pools as [PostgresPool, PostgresPool];
    for (const version of await Promise.all([1, 2, 3].map(() => versionOf(withOwn)))) expect(version).toMatch(/^TLSv1/);
    await expect(versionOf(without)).rejects.toMatchObject({
      problem: 'unwritable',
      message: expect.stringContaining('(28000)'),
    });
  });

  test('that the server does not have is never left out', async () => {
    const plain = await startPostgres();
    onTestFinished(() => plain.stop());
    const { url } = await plain.database();
    const pool = new PostgresPool({
      pg: await loadPg(),
      address: readPostgresUrl(`${url}?sslmode=no-verify`),
      limits: POOL_LIMITS,
      clock: systemClock,
    });
    onTestFinished(() => pool.close());
    for (let n = 0; n < 3; n += 1)
      await expect(versionOf(pool)).rejects.toMatchObject({
        problem: 'failed',
        message: expect.stringMatching(/has no TLS: set it up there, or use sslmode=disable\.$/),
      });
  });

  test('ends at once when a connection is cut', async () => {
    const pool = new PostgresPool({
      pg: await loadPg(),
      address: readPostgresUrl(`${server.urlOf(name)}?sslmode=no-verify`),
      limits: { ...POOL_LIMITS, closeMs: 0 },
      clock: systemClock,
    });
    const work = pool.run((transaction) => transaction.query('SELECT pg_sleep(60)'));
    work.catch(() => {});
    const isAtWork = () =>
      server.query(`SELECT FROM pg_stat_activity WHERE query ~ 'pg_sleep.60' AND usename = '${name}'`);
    while ((await isAtWork()).length === 0);
    await pool.close();
    await expect(work).rejects.toMatchObject({ problem: 'unreachable' });
  });
});
